// Lists of jobs as the database answers them, with its indexes, beside the same done by hand.
import { JobSort } from '@dopq/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JobFilter } from './job-filter.ts';
import type { JobRecord } from './jobs.ts';
import { openStore, type Store } from './store.ts';

const EVENT = { actor: 'test', kind: 'test', message: 'test' };

const small = fc.option(fc.nat(4), { nil: null });
const jobs = fc.record({
  name: fc.constantFrom('resnet', 'ResNet-2', 'bert', 'a_b', 'Ärger'),
  user: fc.constantFrom('alice', 'Bob', 'carol'),
  state: fc.constantFrom('queued', 'held', 'running', 'finished'),
  numGpus: small,
  memoryBytes: small,
  queuedAt: small,
  startedAt: small,
  finishedAt: small,
  priority: fc.nat(2),
  reason: fc.constantFrom(null, 'exit code 3', '100% full'),
  isCleared: fc.constantFrom(false, false, false, true),
});
type Made = typeof jobs extends fc.Arbitrary<infer T> ? T : never;

function add(store: Store, { isCleared, name, user, state, ...patch }: Made): void {
  const file = { source: 'upload', inbox: null, file: 'job.zip', zipPlace: 'removed', unverified: false } as const;
  const { id } = store.jobs.create({ ...file, name, user, state: 'receiving' }, EVENT);
  const end = state === 'finished' ? ({ state, outcome: 'failed' } as const) : ({ state } as const);
  store.jobs.change(id, ['receiving'], { ...patch, ...end, ...(isCleared && { clearedAt: 1 }) }, EVENT);
}

const VALUE: Record<Exclude<JobSort, 'serving'>, (job: JobRecord) => number | string | null> = {
  id: ({ id }) => id,
  name: ({ name }) => small26(name),
  user: ({ user }) => small26(user),
  state: ({ state }) => state,
  priority: ({ priority }) => priority,
  num_gpus: ({ numGpus }) => numGpus,
  memory: ({ memoryBytes }) => memoryBytes,
  created: ({ createdAt }) => createdAt,
  queued: ({ queuedAt }) => queuedAt,
  started: ({ startedAt }) => startedAt,
  finished: ({ finishedAt }) => finishedAt,
  wait_time: ({ startedAt, queuedAt }) => difference(startedAt, queuedAt),
  run_time: ({ finishedAt, startedAt }) => difference(finishedAt, startedAt),
};
const difference = (a: number | null, b: number | null) => (a === null || b === null ? null : a - b);
/** The database knows the case of ASCII letters only. */
const small26 = (text: string) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

function byHand(
  store: Store,
  { scope, user, text }: JobFilter,
  sort: Exclude<JobSort, 'serving'>,
  descending: boolean,
) {
  const contains = (job: JobRecord) =>
    [job.name, job.file, job.reason ?? ''].some((part) => small26(part).includes(small26(text ?? '')));
  const sign = descending ? -1 : 1;
  const compare = (a: number | string, b: number | string) => (a === b ? 0 : a < b ? -sign : sign);
  const value = VALUE[sort];
  const isListed = (job: JobRecord) =>
    job.clearedAt === null &&
    (scope === 'all' || (job.state === 'finished') === (scope === 'finished')) &&
    (user === undefined || job.user === user) &&
    contains(job);
  return store.jobs
    .inStates('queued', 'held', 'running', 'finished')
    .filter(isListed)
    .toSorted((a, b) => {
      const [left, right] = [value(a), value(b)];
      if (left === null || right === null) return Number(left === null) - Number(right === null) || compare(a.id, b.id);
      return compare(left, right) || compare(a.id, b.id);
    })
    .map(({ id }) => id);
}

const sorts = fc.constantFrom(...JobSort.exclude(['serving']).options);
const filters = fc.record({
  scope: fc.constantFrom('active', 'finished', 'all'),
  user: fc.constantFrom(undefined, undefined, 'Bob'),
  text: fc.constantFrom(undefined, undefined, 'RESNET', '_', '%', 'code', 'ä'),
});

test('whatever a list is narrowed and sorted by, its pages together are the whole of it in that order', () => {
  fc.assert(
    fc.property(
      fc.array(jobs, { maxLength: 20 }),
      fc.array(fc.tuple(filters, sorts, fc.boolean(), fc.integer({ min: 1, max: 7 })), { minLength: 6, maxLength: 6 }),
      (made, questions) => {
        using store = openStore(':memory:', { now: () => 1 });
        for (const job of made) add(store, job);
        for (const [filter, sort, descending, limit] of questions) {
          const expected = byHand(store, filter, sort, descending);
          expect(store.jobPages.count(filter)).toBe(expected.length);
          const pages: number[] = [];
          for (let offset = 0; offset <= expected.length; offset += limit) {
            pages.push(...store.jobPages.page(filter, { sort, descending, offset, limit }).map(({ id }) => id));
          }
          const question = { filter, sort, descending, limit };
          expect({ question, pages }).toEqual({ question, pages: expected });
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('the waiting jobs are those of the table after every change, also after one that was undone', () => {
  const act = fc.tuple(fc.nat(5), fc.constantFrom('queued', 'held', 'running', 'new', 'move', 'undone'), fc.nat(9));
  fc.assert(
    fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
      using store = openStore(':memory:', { now: () => 1 });
      for (const [id, what, nice] of acts) {
        const change = () => {
          if (what === 'new' || !store.jobs.find(id)) {
            store.jobs.create(
              {
                user: 'a',
                name: 'j',
                state: 'queued',
                source: 'upload',
                inbox: null,
                file: 'j.zip',
                zipPlace: 'removed',
                unverified: false,
              },
              EVENT,
            );
            return;
          }
          const state = what === 'move' || what === 'undone' ? undefined : what;
          store.jobs.change(id, ['queued', 'held', 'running'], { nice, ...(state && { state }) }, EVENT);
        };
        const undone = () =>
          store.transaction(() => {
            change();
            store.jobs.waiting();
            if (what === 'undone') throw new Error('undone');
          });
        try {
          undone();
        } catch (error) {
          if ((error as Error).message !== 'undone') throw error;
        }
        const queued = store.jobs.inStates('queued').map((job) => [job.id, job.nice]);
        expect(store.jobs.waiting().map((job) => [job.id, job.nice])).toEqual(queued);
      }
    }),
    { numRuns: 100 },
  );
});
