// What a simulation was like for the people in it. Field names are the wire's, units in the names.
import type { Simulation } from './simulate.ts';
import type { Trace, TraceJob } from './trace.ts';

export interface Waits {
  jobs: number;
  mean_wait_s: number;
  p50_wait_s: number;
  p95_wait_s: number;
  max_wait_s: number;
  mean_bounded_slowdown: number;
}

export interface SimulationReport extends Waits {
  /** Jobs that no machine can run, or that the trace says too little about. */
  skipped: number;
  /** From the first submission to the last end. */
  makespan_s: number;
  /** Busy GPU time (of machines without GPUs: CPU time) through what there was during the makespan, 0 to 1. */
  utilization: number;
  /** Jain's index over the users' mean bounded slowdowns: 1 = everyone was slowed down alike, 1/n = one bore it all. */
  jain_fairness: number;
  users: (Waits & { user: string; resource_hours: number })[];
}

/** Below this run time a slowdown says nothing (Feitelson's bounded slowdown). */
const BOUND_MS = 10_000;
const HOUR_MS = 3_600_000;

interface Played {
  job: TraceJob;
  waitMs: number;
  slowdown: number;
  endedAt: number;
}

export function reportOf({ trace, startedAt }: Simulation): SimulationReport {
  const played = trace.jobs.flatMap((job, at): Played[] => {
    const start = startedAt[at] as number;
    if (Number.isNaN(start)) return [];
    const waitMs = start - job.submittedAt;
    const slowdown = Math.max(1, (waitMs + job.runMs) / Math.max(job.runMs, BOUND_MS));
    return [{ job, waitMs, slowdown, endedAt: start + job.runMs }];
  });
  const unit = unitOf(trace);
  const makespanMs = played.length > 0 ? lastEnd(played) - (played[0]?.job.submittedAt ?? 0) : 0;
  const busyMs = played.reduce((sum, { job }) => sum + unit.of(job) * job.runMs, 0);
  const users = [...Map.groupBy(played, ({ job }) => job.user)].map(([user, own]) => ({
    user,
    ...waitsOf(own),
    resource_hours: own.reduce((sum, { job }) => sum + (unit.of(job) * job.runMs) / HOUR_MS, 0),
  }));
  return {
    ...waitsOf(played),
    skipped: trace.jobs.filter(isSkipped(startedAt)).length + trace.unusable,
    makespan_s: makespanMs / 1000,
    utilization: makespanMs > 0 ? busyMs / (unit.capacity * makespanMs) : 0,
    jain_fairness: jain(users.map((user) => user.mean_bounded_slowdown)),
    users: users.sort((a, b) => (a.user < b.user ? -1 : 1)),
  };
}

/** A job that left by itself before its turn is no trouble of the machines. */
const isSkipped =
  (startedAt: Float64Array) =>
  ({ withdrawnAt }: TraceJob, at: number): boolean =>
    withdrawnAt === undefined && Number.isNaN(startedAt[at]);

const lastEnd = (played: readonly Played[]): number => played.reduce((last, { endedAt }) => Math.max(last, endedAt), 0);

/** What the machines are there for: their GPUs, or their CPUs where they have none. */
function unitOf({ machines }: Trace): { capacity: number; of: (job: TraceJob) => number } {
  const gpus = machines.flatMap((machine) => machine.gpus);
  if (gpus.length === 0) {
    return { capacity: machines.reduce((sum, { cpus }) => sum + cpus, 0), of: ({ cpus }) => cpus };
  }
  const slots = gpus[0]?.slots ?? 1;
  return { capacity: gpus.length, of: ({ numGpus, numSlots }) => (numGpus * numSlots) / slots };
}

function waitsOf(played: readonly Played[]): Waits {
  const waits = Float64Array.from(played, ({ waitMs }) => waitMs / 1000).sort();
  return {
    jobs: played.length,
    mean_wait_s: mean(waits),
    p50_wait_s: quantile(waits, 0.5),
    p95_wait_s: quantile(waits, 0.95),
    max_wait_s: waits.at(-1) ?? 0,
    mean_bounded_slowdown: mean(Float64Array.from(played, ({ slowdown }) => slowdown)),
  };
}

const mean = (values: Float64Array): number =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;

/** Between the two nearest ranks, as numpy and R do by default. */
function quantile(ascending: Float64Array, part: number): number {
  const rank = (ascending.length - 1) * part;
  const low = ascending[Math.floor(rank)] ?? 0;
  const high = ascending[Math.ceil(rank)] ?? low;
  return low + (high - low) * (rank - Math.floor(rank));
}

function jain(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return squares > 0 ? sum ** 2 / (values.length * squares) : 1;
}
