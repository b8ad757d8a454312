import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NO_PROMISE } from './promises.ts';
import { openStore, type Store } from './store.ts';

const event = { actor: 'test', kind: 'test', message: 'test' };
let dir: string;
let store: Store;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'dopq-promises-'));
  store = openStore(path.join(dir, 'dopq.db'), { now: () => 1000 });
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

function queuedJob(): number {
  const job = { user: 'alice', name: 'n', state: 'queued', source: 'share', zipPlace: 'inbox', file: 'a.zip' } as const;
  return store.jobs.create({ ...job, inbox: '/share/alice', unverified: false }, event).id;
}

const predictions = (ids: number[], p50At: number, p90At: number) => new Map(ids.map((id) => [id, { p50At, p90At }]));

test('the first prediction is kept, as foreseen and as told, and held against what happened', () => {
  const [early, late, waits, left] = [queuedJob(), queuedJob(), queuedJob(), queuedJob()];
  const ids = [early, late, waits, left];
  store.promises.record({ at: 2000, foreseen: predictions(ids, 2500, 3000.4), told: predictions(ids, 2600, 4000.6) });
  store.promises.record({ at: 2100, foreseen: predictions(ids, 9000, 9000), told: predictions(ids, 9000, 9000) });
  expect(store.jobs.get(early)).toMatchObject({ promisedAt: 2000, promisedP50At: 2600, promisedP90At: 4001 });
  store.jobs.change(early, ['queued'], { state: 'running', startedAt: 2550 }, event);
  store.jobs.change(late, ['queued'], { state: 'running', startedAt: 3500 }, event);
  store.jobs.change(left, ['queued'], { state: 'finished', outcome: 'cancelled', finishedAt: 2700 }, event);
  const record = store.promises.newest(2900).map(({ waitedMs, started }) => [waitedMs, started]);
  expect(record.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual([
    [550, true],
    [700, false],
    [900, false],
    [1500, true],
  ]);
  expect(store.promises.newest(2900)[0]).toMatchObject({ foreseenP50Ms: 500, foreseenP90Ms: 1000, toldP50Ms: 600 });
  expect(store.promises.count()).toEqual({ started: 2, keptP50: 1, keptP90: 2 });
});

test('a job with another place is told anew, and its former promise counts no more', () => {
  const id = queuedJob();
  store.promises.record({ at: 2000, foreseen: predictions([id], 1, 2), told: predictions([id], 1, 2) });
  store.jobs.change(id, ['queued'], { ...NO_PROMISE }, event);
  expect(store.promises.newest(3000)).toEqual([]);
  store.promises.record({ at: 4000, foreseen: predictions([id], 5000, 6000), told: predictions([id], 5000, 6000) });
  expect(store.promises.newest(4000)).toMatchObject([
    { foreseenP50Ms: 1000, toldP90Ms: 2000, waitedMs: 0, started: false },
  ]);
});
