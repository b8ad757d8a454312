// Why does it wait, and what would change that. Asked at the job's own turn of the very pass that the queue makes, so that
// the answer is about the state in which it was passed over.
import { type Alternative, alternativesFor } from './blockers.ts';
import { type Change, changesFor } from './changes.ts';
import { LimitCounts } from './limits.ts';
import { barriersOf, runPass } from './pass.ts';
import { turnsOf } from './plan.ts';
import type { Policy } from './policy.ts';
import type { Reason } from './reason.ts';
import { type Learned, learnRunTimes, plannedRunMs } from './run-time.ts';
import { Site } from './site.ts';
import { declaresGpuMemory, type QueuedJob, type Snapshot } from './snapshot.ts';

export interface Counterfactual extends Change {
  /** When it would start, from the same plan with the changed job; absent = never as things are. */
  startAt?: number | undefined;
  /** How much earlier that is than unchanged; 0 = no gain; absent = unchanged it would never start as things are. */
  gainMs?: number | undefined;
}

export interface Explanation {
  jobId: number;
  /** Its place in the order, 1 = next. */
  position: number;
  /** From the plan: after all jobs before it. Absent = never as things are. */
  startAt?: number | undefined;
  alternatives: Alternative[];
  counterfactuals: Counterfactual[];
}

/**
 * Explains a queued job.
 * @returns undefined when no such job is queued
 */
export function explain(jobId: number, snapshot: Snapshot, policy: Policy, now: number): Explanation | undefined {
  const learned = learnRunTimes(snapshot.history);
  return atTurnOf(jobId, snapshot, policy, now, learned, ({ job, site, position, rules, startAt }) => {
    if (startAt === now) return { jobId, position, startAt, alternatives: [], counterfactuals: [] };
    const runMs = plannedRunMs(job, learned);
    const alternatives = alternativesFor(job, site, runMs, now, rules);
    const counterfactuals = changesFor(job, alternatives, runMs, now).map((change) => {
      const queued = snapshot.queued.map((other) => (other.id === jobId ? { ...other, ...change.job } : other));
      const changed = atTurnOf(jobId, { ...snapshot, queued }, policy, now, learned, (turn) => turn.startAt);
      return { ...change, startAt: changed, gainMs: gainOf(startAt, changed) };
    });
    return { jobId, position, startAt, alternatives, counterfactuals };
  });
}

function gainOf(before: number | undefined, after: number | undefined): number | undefined {
  if (after === undefined) return 0;
  return before === undefined ? undefined : Math.max(0, before - after);
}

interface Turn {
  job: QueuedJob;
  site: Site;
  position: number;
  /** What bars it beside resources. */
  rules: Reason[];
  startAt: number | undefined;
}

/** Runs the pass up to the job, asks then and there, and stops: a moment later the job may hold a reservation of its own. */
function atTurnOf<Answer>(
  jobId: number,
  snapshot: Snapshot,
  policy: Policy,
  now: number,
  learned: Learned,
  ask: (turn: Turn) => Answer,
): Answer | undefined {
  const site = new Site(snapshot, learned, now, declaresGpuMemory(snapshot));
  const limits = new LimitCounts(policy, snapshot.running);
  const { turns, charge } = turnsOf(snapshot, policy, learned, now);
  let position = 0;
  let answer: Answer | undefined;
  let asked = false;
  const meet = (turn: Omit<Turn, 'site' | 'position'>): void => {
    asked = true;
    answer = ask({ ...turn, site, position });
  };
  runPass(
    { site, turns, limits, policy, learned, now },
    {
      started(job, spot) {
        position += 1;
        if (job.id === jobId) meet({ job, rules: [], startAt: now });
        else charge(job, spot);
      },
      waits(job, reason) {
        position += 1;
        if (job.id !== jobId) return;
        const turn = reason?.kind === 'turn' ? [reason] : [];
        const rules = [...turn, ...barriersOf(job, limits, now)];
        meet({ job, rules, startAt: startOfWaiting(job, rules, site, learned) });
      },
      reserved() {},
      isDone: () => asked,
    },
  );
  return answer;
}

/** A limit ends with other jobs, a turn with the jobs before: the plan does not know when, a forecast may. */
function startOfWaiting(job: QueuedJob, rules: readonly Reason[], site: Site, learned: Learned): number | undefined {
  if (rules.some(({ kind }) => kind !== 'not-before')) return undefined;
  const startAt = site.earliestPlace(job, plannedRunMs(job, learned))?.startAt;
  return startAt === undefined ? undefined : Math.max(startAt, job.notBeforeAt ?? startAt);
}
