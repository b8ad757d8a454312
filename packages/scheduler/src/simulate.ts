// Plays a trace again under a policy, through the code that decides in earnest. No randomness: the same trace and policy give
// the same schedule.
import { LimitCounts } from './limits.ts';
import { penaltyBook } from './penalty-book.ts';
import type { Policy } from './policy.ts';
import { learnRunTimes } from './run-time.ts';
import { Site } from './site.ts';
import type { QueuedJob } from './snapshot.ts';
import type { Trace, TraceJob } from './trace.ts';
import { type Arrival, Walk } from './walk.ts';

export interface SimulationOptions {
  /** What the planner believes: the real run times, or what users asked for (never less than the real ones). */
  runTimes?: 'perfect' | 'requested' | undefined;
}

export interface Simulation {
  trace: Trace;
  /** When each job of the trace started; NaN for a job that no machine of the trace can run. */
  startedAt: Float64Array;
  /** Positions of the jobs in the order of their starts. */
  order: number[];
}

/**
 * Plays the trace. `conservative` protects every waiting job, as in the literature, unless the policy names a number.
 */
export function simulate(trace: Trace, policy: Policy, { runTimes = 'perfect' }: SimulationOptions = {}): Simulation {
  const { machines, jobs } = trace;
  const startedAt = new Float64Array(jobs.length).fill(Number.NaN);
  const order: number[] = [];
  const learned = learnRunTimes([]);
  const users = policy.kind === 'fifo' ? [] : [...new Set(jobs.map(({ user }) => user))];
  const nothingYet = { machines, queued: [], running: [], history: [], users };
  const site = new Site(nothingYet, learned, 0);
  const walk = new Walk({
    site,
    book: penaltyBook(policy, nothingYet, learned, 0),
    limits: new LimitCounts(policy, []),
    policy: { ...policy, protectedJobs: policy.protectedJobs ?? Number.POSITIVE_INFINITY },
    learned,
    arrivals: arrivalsOf(jobs, site, policy, runTimes),
    realRunMs: ({ id }) => jobs[id - 1]?.runMs ?? 0,
    onStart({ id }, at) {
      startedAt[id - 1] = at;
      order.push(id - 1);
    },
  });
  walk.run();
  return { trace, startedAt, order };
}

/** Jobs are numbered from 1 by their position, so that ties go by submission. Those that cannot run are left out. */
function* arrivalsOf(
  jobs: readonly TraceJob[],
  site: Site,
  policy: Policy,
  believed: 'perfect' | 'requested',
): Generator<Arrival> {
  // Where nobody looks at users, one lane is enough for all of them.
  const oneLane = policy.kind === 'fifo' && !policy.limits;
  let id = 0;
  for (const { runMs, requestedMs, submittedAt, ...request } of jobs) {
    id += 1;
    if (!site.couldEverRun(request)) continue;
    const expectedRunMs = believed === 'perfect' ? runMs : Math.max(runMs, requestedMs ?? runMs);
    const job: QueuedJob = { ...request, id, queuedAt: submittedAt, expectedRunMs };
    if (oneLane) job.user = '';
    yield { at: submittedAt, job };
  }
}
