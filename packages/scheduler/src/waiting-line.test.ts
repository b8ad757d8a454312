import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { USERS } from '../test/any-world.ts';
import { type PenaltyBook, penaltyBook } from './penalty-book.ts';
import type { Policy } from './policy.ts';
import { learnRunTimes } from './run-time.ts';
import type { QueuedJob } from './snapshot.ts';
import { lanesOf, Turns } from './turns.ts';
import { WaitingLine } from './waiting-line.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What happens to a queue: `pass` looks at some jobs and starts the one at each second of the places. */
const anyEvent = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      user: fc.constantFrom(...USERS),
      priority: fc.constantFrom(0, 0, 0, 1),
      nice: fc.constantFrom(0, 0, 0, 0, 3),
      age: fc.constantFrom(0, 0, 0, 30 * MINUTE),
      cpus: fc.integer({ min: 0, max: 9 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), look: fc.integer({ min: 0, max: 8 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recharge' as const), which: fc.nat(20), hours: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 9 * HOUR }) }),
  },
  // So long that figures have to be scaled back.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.constantFrom(600 * HOUR) }) },
);

const policies: Policy[] = [
  { kind: 'fair-share', halfLifeMs: HOUR, shares: { ada: 2, mei: 0 } },
  { kind: 'fair-share' },
  { kind: 'recency' },
  { kind: 'fifo' },
];

test.each(policies)(
  'under %j the order that is kept is the order sorted anew, after any sequence of events',
  (policy) => {
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: 60 }), (events) => {
        const machines = [{ id: 'm', gpus: [], memoryBytes: 0, cpus: 10 }];
        const snapshot = { machines, queued: [], running: [], history: [], users: USERS };
        const book = penaltyBook(policy, snapshot, learnRunTimes([]), 0);
        const waiting = new Map<number, QueuedJob>();
        const running = new Map<number, string>();
        const line = new WaitingLine(({ id }) => waiting.has(id), book);
        let [now, id] = [0, 0];
        for (const event of events) {
          if (event.kind === 'time') now += event.ms;
          if (event.kind === 'submit') {
            const job = jobOf((id += 1), event, now);
            waiting.set(id, job);
            line.join(job, now);
          }
          if (event.kind === 'withdraw') {
            const job = [...waiting.values()][event.which];
            if (job) waiting.delete(job.id);
            if (job) line.leave([job]);
          }
          const [runs, user] = [...running][(event as { which?: number }).which ?? -1] ?? [];
          if (event.kind === 'end' && runs !== undefined && user !== undefined) {
            running.delete(runs);
            book.ended(runs, user, now);
            line.reconsider(user, now);
          }
          if (event.kind === 'recharge' && runs !== undefined && user !== undefined) {
            book.recharged(runs, now + event.hours * HOUR);
            line.reconsider(user, now);
          }
          if (event.kind === 'pass') pass(event.look);
          expect(look()).toEqual(sortedAnew(book, [...waiting.values()], now));
        }

        /** Starts each second job it meets; what is left of the order has to be right at once. */
        function pass(most: number): void {
          const { turns, standings } = line.turns(now);
          const started: QueuedJob[] = [];
          for (let at = 0; at < most; at += 1) {
            const job = turns.next();
            if (!job) break;
            if (at % 2 === 1) continue;
            started.push(job);
            waiting.delete(job.id);
            running.set(job.id, job.user);
            const { user, numSlots, memoryBytes, cpus } = job;
            const chargedEndAt = now + HOUR;
            book.started({ id: job.id, user, gpuUuids: [], numSlots, memoryBytes, cpus, startedAt: now, chargedEndAt });
            standings.forget(user);
          }
          line.leave(started);
        }

        function look(): number[] {
          const { turns } = line.turns(now);
          const order: number[] = [];
          for (let job = turns.next(); job; job = turns.next()) order.push(job.id);
          line.leave([]);
          return order;
        }
      }),
      { numRuns: 400 },
    );
  },
);

function jobOf(
  id: number,
  wish: { user: string; priority: number; nice: number; age: number; cpus: number },
  now: number,
): QueuedJob {
  const { user, priority, nice, age, cpus } = wish;
  return { id, user, priority, nice, queuedAt: now - age, numGpus: 0, numSlots: 1, memoryBytes: 0, cpus };
}

function sortedAnew(book: PenaltyBook, waiting: readonly QueuedJob[], now: number): number[] {
  const turns = new Turns(lanesOf(waiting), book.standings(now));
  const order: number[] = [];
  for (let job = turns.next(); job; job = turns.next()) order.push(job.id);
  return order;
}
