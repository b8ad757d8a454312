// Plays a trace again under a policy, through the code that decides in earnest. No randomness: the same trace and policy give
// the same schedule.
import { LimitCounts } from './limits.ts';
import { penaltyBook } from './penalty-book.ts';
import type { Policy } from './policy.ts';
import { chargedEndAt, Learner, plannedEndAt } from './run-time.ts';
import { Site } from './site.ts';
import type { QueuedJob, RunningJob, Snapshot } from './snapshot.ts';
import type { Trace, TraceJob } from './trace.ts';
import { type Arrival, type End, Walk } from './walk.ts';

/**
 * What the planner believes of run times. `perfect`: the real ones; `requested`: what users asked for (never less than the real
 * ones), else the real ones; `learned`: what DoPQ would have known, the limit or else the user's past up to that moment.
 */
export type Belief = 'perfect' | 'requested' | 'learned';

export interface SimulationOptions {
  runTimes?: Belief | undefined;
}

export interface Simulation {
  trace: Trace;
  /** When each job of the trace started; NaN for a job that no machine of the trace can run, or that was withdrawn before. */
  startedAt: Float64Array;
  /** Positions of the jobs in the order of their starts. */
  order: number[];
}

/**
 * Plays the trace. `conservative` protects every waiting job, as in the literature, unless the policy names a number.
 */
export function simulate(trace: Trace, policy: Policy, { runTimes = 'perfect' }: SimulationOptions = {}): Simulation {
  const { machines, jobs, beginning } = trace;
  const startedAt = new Float64Array(jobs.length).fill(Number.NaN);
  const order: number[] = [];
  const learner = new Learner(beginning?.history ?? []);
  const { learned } = learner;
  const at = beginning?.at ?? 0;
  const running = beginning?.running.map((job): RunningJob => ({ ...job, id: -job.id })) ?? [];
  const users =
    policy.kind === 'fifo' ? [] : [...new Set([...(beginning?.users ?? []), ...jobs.map(({ user }) => user)])];
  const start: Snapshot = { machines, queued: [], running, history: beginning?.history ?? [], users };
  const site = new Site(start, learned, at, declaresGpuMemory(jobs, running));
  const book = penaltyBook(policy, start, learned, at);
  const hasOwnOrders = jobs.some(({ nice, ownRank }) => nice || ownRank !== undefined);
  const oneLane = policy.kind === 'fifo' && !policy.limits && !hasOwnOrders;
  const hasDependencies = jobs.some(({ after }) => after?.length);
  const positionOf = new Map(
    hasDependencies ? jobs.map(({ id }, position) => [id ?? position + 1, position + 1] as const) : [],
  );
  const playable = (position: number): QueuedJob | undefined =>
    playableJob(jobs[position] as TraceJob, position + 1, { site, oneLane, runTimes, positionOf });

  /** Running jobs by number, where what is learned later changes what is thought of them. */
  const open = new Map<number, RunningJob>();
  const relearn = ({ job, startedAt: startAt, at: now }: End): void => {
    open.delete(job.id);
    learner.add(job.user, now - startAt);
    walk.recharge(open.values(), (id) => chargedEndAt(open.get(id) as RunningJob, learned, now), now);
    const endOf = (id: number): number | undefined => {
      const other = open.get(id);
      return other && plannedEndAt(other, learned);
    };
    for (const room of site.rooms) room.expectEnds(endOf);
  };
  const walk = new Walk({
    site,
    book,
    limits: new LimitCounts(policy, running),
    policy: { ...policy, protectedJobs: policy.protectedJobs ?? Number.POSITIVE_INFINITY },
    learned,
    arrivals: arrivalsOf(jobs, playable, at),
    withdrawals: withdrawalsOf(jobs, playable),
    hasDependencies,
    realRunMs: ({ id }) => jobs[id - 1]?.runMs ?? 0,
    onStart(job, now) {
      startedAt[job.id - 1] = now;
      order.push(job.id - 1);
      if (runTimes === 'learned') open.set(job.id, runningJob(job, now));
    },
    ...(runTimes === 'learned' && { onEnd: relearn }),
  });
  for (const job of running) {
    const room = site.roomOf(job.machineId);
    const realEndAt = beginning?.running.find(({ id }) => id === -job.id)?.realEndAt ?? at;
    if (runTimes === 'learned') open.set(job.id, job);
    if (room)
      walk.expectEnd({ at: realEndAt, startedAt: job.startedAt, room, job: { ...job, numGpus: job.gpuUuids.length } });
  }
  walk.run();
  return { trace, startedAt, order };
}

const declaresGpuMemory = (jobs: readonly TraceJob[], running: readonly RunningJob[]): boolean =>
  jobs.some(({ gpuMemoryBytes }) => gpuMemoryBytes !== undefined) ||
  running.some(({ gpuMemoryBytes }) => gpuMemoryBytes !== undefined);

/** Only what decides its expected end. */
function runningJob(job: QueuedJob, startedAt: number): RunningJob {
  const limitEndAt = job.timeLimitMs === undefined ? undefined : startedAt + job.timeLimitMs;
  return { ...job, machineId: '', gpuUuids: [], startedAt, limitEndAt };
}

interface Around {
  site: Site;
  /** Where nobody looks at users, one lane is enough for all of them. */
  oneLane: boolean;
  runTimes: Belief;
  positionOf: ReadonlyMap<number, number>;
}

/** Jobs are numbered from 1 by their position, so that ties go by submission. Undefined for one that no machine can run. */
function playableJob(
  traced: TraceJob,
  id: number,
  { site, oneLane, runTimes, positionOf }: Around,
): QueuedJob | undefined {
  const { runMs, requestedMs, submittedAt, withdrawnAt: _, recordedStartAt: _at, after, ...request } = traced;
  if (!site.couldEverRun(request)) return undefined;
  const job: QueuedJob = { ...request, id, queuedAt: submittedAt };
  if (runTimes === 'learned') job.timeLimitMs = requestedMs;
  else job.expectedRunMs = runTimes === 'perfect' ? runMs : Math.max(runMs, requestedMs ?? runMs);
  const awaited = after?.flatMap((one) => {
    const jobId = positionOf.get(one.jobId);
    return jobId === undefined ? [] : [{ ...one, jobId }];
  });
  if (awaited?.length) job.after = awaited;
  if (oneLane) job.user = '';
  return job;
}

/** Gives the job at a position of the trace as the queue sees it; undefined if no machine can run it. */
type Playable = (position: number) => QueuedJob | undefined;

/** Made one by one: a trace may have millions. */
function* arrivalsOf(jobs: readonly TraceJob[], playable: Playable, from: number): Generator<Arrival> {
  const late: Arrival[] = [];
  for (let position = 0; position < jobs.length; position += 1) {
    const job = playable(position);
    if (!job) continue;
    const at = Math.max(from, job.queuedAt);
    while (late.length > 0 && (late[0] as Arrival).at <= at) yield late.shift() as Arrival;
    if ((job.notBeforeAt ?? at) <= at) yield { at, job };
    else {
      late.push({ at: job.notBeforeAt as number, job });
      late.sort((a, b) => a.at - b.at);
    }
  }
  yield* late;
}

function withdrawalsOf(jobs: readonly TraceJob[], playable: Playable): Iterator<Arrival> | undefined {
  const withdrawn = jobs.flatMap(({ withdrawnAt }, position): Arrival[] => {
    const job = withdrawnAt === undefined ? undefined : playable(position);
    return job ? [{ at: withdrawnAt as number, job }] : [];
  });
  if (withdrawn.length === 0) return undefined;
  return withdrawn.sort((a, b) => a.at - b.at)[Symbol.iterator]();
}
