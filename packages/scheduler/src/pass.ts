// The walk over the waiting jobs that the plan, the forecast and the simulator share: start what fits without delaying
// what has been set aside, set aside what the policy protects.
import type { LimitCounts } from './limits.ts';
import { type Policy, reservationsOf } from './policy.ts';
import type { Reason } from './reason.ts';
import { type Learned, plannedRunMs } from './run-time.ts';
import type { Site, Spot } from './site.ts';
import type { Awaited, QueuedJob } from './snapshot.ts';
import type { Turns } from './turns.ts';

export interface Pass {
  site: Site;
  turns: Turns;
  limits: LimitCounts;
  policy: Policy;
  learned: Learned;
  now: number;
}

/** What becomes of each job, in scheduling order. */
export interface Witness {
  started(job: QueuedJob, spot: Spot, runMs: number): void;
  reserved(job: QueuedJob, spot: Spot, runMs: number): void;
  /** @param reason absent: what it asks for is not free */
  waits(job: QueuedJob, reason?: Reason): void;
  /** True: the others need not be looked at. Asked when a job could not start. @param blocked nothing behind it may start */
  isDone(blocked: boolean): boolean;
}

export function runPass({ site, turns, limits, policy, learned, now }: Pass, witness: Witness): void {
  let toReserve = reservationsOf(policy);
  let blockedBy: number | undefined;

  for (let job = turns.next(); job; job = turns.next()) {
    if (blockedBy !== undefined) {
      witness.waits(job, { kind: 'turn', afterJobId: blockedBy, text: `starts after #${blockedBy}` });
      continue;
    }
    const barred = firstBarrier(job, limits, now);
    if (barred) {
      witness.waits(job, barred);
      continue;
    }
    const runMs = plannedRunMs(job, learned);
    const spot = site.placeNow(job, runMs);
    if (spot) {
      site.start(job, spot, runMs);
      limits.countStart(job);
      witness.started(job, spot, runMs);
      continue;
    }
    witness.waits(job);
    limits.countWaiting(job);
    if (toReserve > 0 || policy.backfill === 'none') {
      const later = site.earliestPlace(job, runMs);
      // Without a place no machine could run it as things are, and it holds up nobody.
      if (later && policy.backfill === 'none') blockedBy = job.id;
      else if (later) {
        site.reserve(job, later, runMs);
        witness.reserved(job, later, runMs);
        toReserve -= 1;
      }
    }
    if (witness.isDone(blockedBy !== undefined)) return;
  }
}

/** The one that is told. Most jobs have none, and are not asked about each. */
function firstBarrier(job: QueuedJob, limits: LimitCounts, now: number): Reason | undefined {
  if (job.notBeforeAt === undefined && job.after === undefined && !limits.mayConcern(job)) return undefined;
  const [first] = barriersOf(job, limits, now);
  return first;
}

/** All that bars a job beside what is free: its earliest start, jobs it waits for, limits. */
export function* barriersOf(job: QueuedJob, limits: LimitCounts, now: number): Generator<Reason> {
  if (job.notBeforeAt !== undefined && job.notBeforeAt > now) {
    yield { kind: 'not-before', at: job.notBeforeAt, text: 'its earliest start is later' };
  }
  if (job.after?.length) yield afterReason(job.after);
  yield* limits.reasonsAgainst(job);
}

const MOST_NAMED = 3;

function afterReason(after: readonly Awaited[]): Reason {
  const words = (success: boolean, what: string): string[] => {
    const ids = after.filter((one) => one.success === success).map(({ jobId }) => `#${jobId}`);
    if (ids.length === 0) return [];
    const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : '';
    return [`${ids.slice(0, MOST_NAMED).join(', ')}${more} ${ids.length === 1 ? 'has' : 'have'} ${what}`];
  };
  const text = `starts when ${[...words(true, 'succeeded'), ...words(false, 'ended')].join(' and ')}`;
  return { kind: 'after', jobIds: after.map(({ jobId }) => jobId), text };
}
