import { beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../log.ts';
import type { Dependency } from '../store/schema.ts';
import { openStore, type Store } from '../store/store.ts';
import { cancelHopeless, isOver } from './dependencies.ts';

const clock = { now: () => 5000 };
const EVENT = { actor: 'test', kind: 'test', message: '' };
let store: Store;
beforeEach(() => {
  store = openStore(':memory:', clock);
});

function queue(...dependsOn: Dependency[]): number {
  const job = { user: 'ada', name: 'a job', state: 'building', source: 'upload', inbox: null, file: 'j.zip' } as const;
  const { id } = store.jobs.create({ ...job, zipPlace: 'removed', unverified: false }, EVENT);
  store.jobs.change(id, ['building'], { state: 'queued', queuedAt: id, dependsOn }, EVENT);
  return id;
}
const finish = (id: number, outcome: 'succeeded' | 'failed' | 'cancelled') =>
  store.jobs.change(id, ['queued'], { state: 'finished', outcome, finishedAt: 1 }, EVENT);
const settle = () => cancelHopeless({ store, clock, log: silentLogger });
const ok = (jobId: number): Dependency => ({ jobId, condition: 'ok' });
const any = (jobId: number): Dependency => ({ jobId, condition: 'any' });

test('a job waits until those before it have ended, or succeeded', () => {
  const [first, second] = [queue(), queue()];
  expect([isOver(store, ok(first)), isOver(store, any(first))]).toEqual([false, false]);
  finish(first, 'succeeded');
  finish(second, 'failed');
  expect([isOver(store, ok(first)), isOver(store, any(second)), isOver(store, ok(second))]).toEqual([
    true,
    true,
    false,
  ]);
});

test('cancelling cascades to those that needed a success, and stops at those that only waited for an end', () => {
  const first = queue();
  const second = queue(ok(first));
  const third = queue(ok(second));
  const cleaner = queue(any(third));
  settle();
  expect(store.jobs.get(third).state).toBe('queued');
  finish(first, 'cancelled');
  settle();
  expect(store.jobs.get(second)).toMatchObject({
    outcome: 'cancelled',
    reason: `#${first}, whose success it waited for, was cancelled`,
  });
  expect(store.jobs.get(third)).toMatchObject({ outcome: 'cancelled', finishedAt: 5000 });
  expect(store.jobs.get(cleaner).state).toBe('queued');
  expect(isOver(store, any(third))).toBe(true);
});

test('an array is over when all of it is, and one of it that fails is a failure', () => {
  const first = queue();
  store.jobs.expand(first, 3, null);
  const after = queue(ok(first));
  const members = store.jobs.membersOf(first).map(({ id }) => id);
  expect(members).toEqual([first, first + 1, first + 2]);
  expect(store.jobs.membersOf(first).map(({ arrayIndex, queuedAt }) => [arrayIndex, queuedAt])).toEqual(
    [0, 1, 2].map((index) => [index, first]),
  );
  for (const id of [first, first + 1]) finish(id, 'succeeded');
  expect(isOver(store, any(first))).toBe(false);
  finish(first + 2, 'failed');
  settle();
  expect(store.jobs.get(after)).toMatchObject({
    outcome: 'cancelled',
    reason: `#${first + 2}, whose success it waited for, ended: failed`,
  });
});

test('the first job of an array knows that one of it has moved on: its receipt tells of all', () => {
  const first = queue();
  store.jobs.expand(first, 2, 1);
  const before = store.jobs.get(first).revision;
  finish(first + 1, 'succeeded');
  expect(store.jobs.get(first).revision).toBe(before + 1);
  expect(store.jobs.countMembers(first)).toEqual([
    { state: 'finished', outcome: 'succeeded', count: 1 },
    { state: 'queued', outcome: null, count: 1 },
  ]);
});
