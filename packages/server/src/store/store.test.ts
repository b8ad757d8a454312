import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataInUseError, lockData } from './data-lock.ts';
import type { JobRecord } from './jobs.ts';
import { openStore, type Store } from './store.ts';

const clock = { now: () => 1_000 };
const event = { actor: 'test', kind: 'test', message: 'test' };
let dir: string;
let store: Store;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'dopq-store-'));
  store = openStore(path.join(dir, 'dopq.db'), clock);
});
afterEach(() => {
  store[Symbol.dispose]();
  rmSync(dir, { recursive: true });
});

function newJob(file = 'job.zip'): JobRecord {
  return store.jobs.create(
    {
      user: 'alice',
      name: 'n',
      state: 'receiving',
      source: 'share',
      inbox: '/share/alice',
      file,
      receiptName: file,
      zipPlace: 'inbox',
      unverified: false,
    },
    event,
  );
}

function queuedJob(file: string): JobRecord {
  const job = newJob(file);
  const queued = store.jobs.change(
    job.id,
    ['receiving'],
    { state: 'queued', queuedAt: 1, numGpus: 1, numSlots: 1 },
    event,
  );
  if (!queued) throw new Error('not queued');
  return queued;
}

const names = (id: number) => (attempt: number) => ({
  container: `dopq-${id}-${attempt}`,
  log: `/log/${id}.${attempt}.log`,
});
const onGpu = (uuid: string, slotsPerGpu = 1) => ({
  machineId: 'm',
  gpuUuids: [uuid],
  gpuModels: ['A100'],
  slotsPerGpu,
});

describe('jobs', () => {
  it('a change only happens from the states it names', () => {
    const job = newJob();
    expect(store.jobs.change(job.id, ['running'], { state: 'finished', outcome: 'failed' }, event)).toBeUndefined();
    expect(store.jobs.get(job.id).state).toBe('receiving');
    expect(store.events.ofJob(job.id)).toHaveLength(1);
  });

  it('every change bumps the revision and leaves an event', () => {
    const job = newJob();
    const changed = store.jobs.change(job.id, ['receiving'], { state: 'checking' }, event);
    expect(changed?.revision).toBe(job.revision + 1);
    expect(store.events.ofJob(job.id)).toHaveLength(2);
  });

  it('a finished job has an outcome, an unfinished one has none', () => {
    const job = newJob();
    expect(() => store.jobs.change(job.id, ['receiving'], { state: 'finished' }, event)).toThrow(/CHECK/);
    expect(() => store.jobs.change(job.id, ['receiving'], { outcome: 'failed' }, event)).toThrow(/CHECK/);
  });

  it('one file of an inbox is being received at most once', () => {
    newJob();
    expect(() => newJob()).toThrow(/UNIQUE/);
  });

  it('a failing transaction changes nothing and tells nobody', () => {
    let told = 0;
    store.onCommit(() => told++);
    expect(() =>
      store.transaction(() => {
        newJob();
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(store.jobs.list({ scope: 'all', limit: 10 })).toHaveLength(0);
    expect(told).toBe(0);
  });
});

it('what is noted beside the life of a job is recorded and wakes nobody', () => {
  const job = queuedJob('a.zip');
  const attempt = store.attempts.begin(job, onGpu('GPU-1'), names(job.id));
  if (!attempt) throw new Error('not begun');
  let told = 0;
  store.onCommit(() => told++);
  const { revision } = store.jobs.get(job.id);
  store.submissions.markReceiptWritten(job.id, revision);
  store.submissions.markReceiptWritten(job.id, revision - 1);
  store.attempts.markLogComplete(job.id, 1);
  store.settings.note('engineAnsweredAt', '5');
  expect(told).toBe(0);
  store.transaction(() => {
    store.attempts.markCleared(job.id, 1);
    store.settings.set('lock', '{}');
  });
  expect(told).toBe(1);
  store[Symbol.dispose]();
  store = openStore(path.join(dir, 'dopq.db'), clock);
  expect(store.jobs.get(job.id).receiptRevision).toBe(revision);
  expect(store.attempts.get(job.id, 1)).toMatchObject({ logComplete: true, cleared: true });
  expect(store.settings.find('engineAnsweredAt')).toBe('5');
});

it('the audit log is never changed and never shortened, not even by a bug', () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'dopq-audit-')), 'dopq.db');
  const written = openStore(file, { now: () => 1 });
  const entry = { who: 'admin', role: 'admin', how: 'admin socket', fromWhere: 'socket', what: 'queue.lock' } as const;
  written.audit.append({ ...entry, at: 1, which: null, details: null, result: 'done', code: null });
  written[Symbol.dispose]();
  const sqlite = new DatabaseSync(file);
  expect(() => sqlite.exec("update audit set who = 'somebody else'")).toThrow(/append-only/);
  expect(() => sqlite.exec('delete from audit')).toThrow(/append-only/);
  expect(sqlite.prepare('select who from audit').all()).toEqual([{ who: 'admin' }]);
  sqlite.close();
  rmSync(path.dirname(file), { recursive: true });
});

describe('attempts', () => {
  it('a GPU slot is never given twice, and the refused start leaves no trace', () => {
    const [first, second] = [queuedJob('a.zip'), queuedJob('b.zip')];
    store.attempts.begin(first, onGpu('GPU-1'), names(first.id));
    expect(() => store.attempts.begin(second, onGpu('GPU-1'), names(second.id))).toThrow(/0 free slots/);
    expect(store.jobs.get(second.id).state).toBe('queued');
    expect(store.attempts.find(second.id, 1)).toBeUndefined();
  });

  it('slots are free again with the commit that ends the attempt', () => {
    const [first, second] = [queuedJob('a.zip'), queuedJob('b.zip')];
    const attempt = store.attempts.begin(first, onGpu('GPU-1'), names(first.id));
    if (!attempt) throw new Error('not begun');
    store.attempts.finish(attempt, { outcome: 'failed', reason: null, exitCode: 1, endedAt: 2 });
    expect(store.attempts.begin(second, onGpu('GPU-1'), names(second.id))?.number).toBe(1);
  });

  it('no attempt ends before it started, whatever the engine stamped', () => {
    const job = queuedJob('a.zip');
    const attempt = store.attempts.begin(job, onGpu('GPU-1'), names(job.id));
    if (!attempt) throw new Error('not begun');
    store.attempts.markRunning(attempt, 'c', 500);
    store.attempts.finish(attempt, { outcome: 'succeeded', reason: null, exitCode: 0, endedAt: 499 });
    expect(store.attempts.get(job.id, 1)).toMatchObject({ startedAt: 500, endedAt: 500 });
    expect(store.jobs.get(job.id).finishedAt).toBe(500);
  });

  it('who joins the queue after a clock was set back comes after those who wait', () => {
    let now = 5000;
    const line = openStore(path.join(dir, 'line.db'), { now: () => now });
    const join = (file: string) => {
      const job = line.jobs.create(
        {
          user: 'alice',
          name: 'n',
          state: 'receiving',
          source: 'upload',
          inbox: null,
          file,
          zipPlace: 'accepted',
          unverified: false,
        },
        event,
      );
      line.jobs.change(job.id, ['receiving'], { state: 'queued', queuedAt: line.waitingLine.end() });
      return line.jobs.get(job.id).queuedAt;
    };
    expect(join('a.zip')).toBe(5000);
    now = 1000;
    expect(join('b.zip')).toBe(5000);
    now = 6000;
    expect(join('c.zip')).toBe(6000);
    line[Symbol.dispose]();
  });

  it('several jobs share a GPU up to its slots', () => {
    const jobs = ['a', 'b', 'c'].map((name) => queuedJob(`${name}.zip`));
    const begin = (job: JobRecord) => store.attempts.begin(job, onGpu('GPU-1', 2), names(job.id));
    jobs.slice(0, 2).forEach(begin);
    expect(() => jobs.slice(2).forEach(begin)).toThrow(/0 free slots/);
    expect(store.attempts.slotsInUse().map((row) => row.slot)).toEqual([0, 1]);
  });

  it('a job that is not queued any more is not started', () => {
    const job = queuedJob('a.zip');
    store.jobs.change(job.id, ['queued'], { state: 'finished', outcome: 'cancelled' }, event);
    expect(store.attempts.begin(job, onGpu('GPU-1'), names(job.id))).toBeUndefined();
  });
});

describe('the database file', () => {
  it('survives being closed and opened again', () => {
    const job = newJob();
    store[Symbol.dispose]();
    store = openStore(path.join(dir, 'dopq.db'), clock);
    expect(store.jobs.get(job.id).file).toBe('job.zip');
  });

  it('is refused when a newer DoPQ wrote it', () => {
    const newer = path.join(dir, 'newer.db');
    const sqlite = new DatabaseSync(newer);
    sqlite.exec('pragma user_version = 9999');
    sqlite.close();
    expect(() => openStore(newer, clock)).toThrow(/newer DoPQ/);
  });

  it('has one server at a time, and the second is told which', () => {
    const first = lockData(dir, 0);
    expect(() => lockData(dir, 0)).toThrow(DataInUseError);
    expect(() => lockData(dir, 0)).toThrow(`pid ${process.pid}`);
    first[Symbol.dispose]();
    lockData(dir, 0)[Symbol.dispose]();
  });
});

it('users without a uid get synthetic ones of their own', () => {
  const uids = ['a', 'b', 'c'].map((name) => store.users.add({ name }, 1).uid);
  expect(new Set(uids).size).toBe(3);
  expect(Math.min(...uids)).toBeGreaterThanOrEqual(200_000);
  expect(store.users.add({ name: 'd', uid: 1234 }, 1).uid).toBe(1234);
});
