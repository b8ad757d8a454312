// What people ask the queue, answered from the very state that the loop decides on.
import { type Explanation, explain, forecast, type Ledger, ledgerOf, type Snapshot } from '@dopq/scheduler';
import { outlookOf } from './decide.ts';
import type { Sight, World } from './world.ts';

/** Undefined if the job is not queued. */
export function explanationOf(world: World, sight: Sight, jobId: number): Explanation | undefined {
  const { snapshot, policy, now } = outlookOf(world, sight);
  return explain(jobId, snapshot, policy, now);
}

export function ledgerIn(world: World, sight: Sight, user: string): Ledger {
  const { snapshot, policy, now } = outlookOf(world, sight);
  return ledgerOf(user, snapshot, policy, now);
}

/** The waiting jobs whose predicted start gets worse if this one has such a time limit and needs all of it. */
export function delayedBy(world: World, sight: Sight, jobId: number, timeLimitMs: number): number[] {
  const { snapshot, policy, now } = outlookOf(world, sight);
  const before = forecast(withFullLimit(snapshot, jobId), policy, now);
  const after = forecast(withFullLimit(snapshot, jobId, timeLimitMs), policy, now);
  return [...before]
    .filter(([id, { p50At, p90At }]) => {
      const later = after.get(id);
      return id !== jobId && (!later || later.p50At > p50At || later.p90At > p90At);
    })
    .map(([id]) => id);
}

/** One job with a (new) time limit, which it is expected to need. */
function withFullLimit(snapshot: Snapshot, jobId: number, newLimitMs?: number): Snapshot {
  return {
    ...snapshot,
    queued: snapshot.queued.map((job) => {
      const timeLimitMs = newLimitMs ?? job.timeLimitMs;
      return job.id === jobId ? { ...job, timeLimitMs, expectedRunMs: timeLimitMs } : job;
    }),
    running: snapshot.running.map((job) => {
      const limitEndAt = newLimitMs === undefined ? job.limitEndAt : job.startedAt + newLimitMs;
      return job.id === jobId ? { ...job, limitEndAt, expectedEndAt: limitEndAt } : job;
    }),
  };
}
