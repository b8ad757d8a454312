// Adds up what attempts used in a period, by user, day or GPU.
import { DopqError, type Outcome, type ReadUsage, type Usage, type UsageLine } from '@dopq/contract';
import type { UsedAttempt } from '../store/past-runs.ts';
import type { ControllerDeps } from './deps.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LONGEST_MS = 366 * DAY_MS;

/** @throws DopqError BAD_REQUEST if the period is empty or longer than a year */
export function readUsage({ store, clock }: ControllerDeps, query: ReadUsage): Usage {
  const from = Date.parse(query.from);
  const to = query.to === undefined ? clock.now() : Date.parse(query.to);
  if (to <= from || to - from > LONGEST_MS) {
    throw new DopqError('BAD_REQUEST', 'The period has to be longer than nothing and no longer than a year.', {
      fix: 'Give "from" before "to", at most 366 days apart.',
    });
  }
  const period = { from, to };
  const attempts = store.pastRuns.usedIn(period, query.user);
  const sums = new Map<string, Sums>();
  const total = newSums();
  for (const attempt of attempts) {
    const whole = partOf(attempt, period, clock.now());
    add(total, attempt, whole, period);
    for (const [key, part] of split(attempt, whole, query.by, period)) {
      const line = sums.get(key) ?? newSums();
      sums.set(key, line);
      add(line, attempt, part, part.period);
    }
  }
  return {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    lines: [...sums].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, line]) => lineOf(key, line)),
    total: lineOf('total', total),
  };
}

interface Period {
  from: number;
  to: number;
}

/** What of an attempt goes into a line. */
interface Part {
  runMs: number;
  /** Parts of GPUs. */
  gpus: number;
  /** In which its start and its end count. */
  period: Period;
}

function partOf(attempt: UsedAttempt, period: Period, now: number): Part {
  const start = Math.max(attempt.startedAt, period.from);
  const end = Math.min(attempt.endedAt ?? now, period.to);
  const share = attempt.numSlots / attempt.slotsPerGpu;
  return { runMs: Math.max(0, end - start), gpus: attempt.gpuUuids.length * share, period };
}

function split(attempt: UsedAttempt, whole: Part, by: ReadUsage['by'], period: Period): [string, Part][] {
  if (by === 'user') return [[attempt.user, whole]];
  if (by === 'gpu') {
    const gpus = attempt.numSlots / attempt.slotsPerGpu;
    return attempt.gpuUuids.map((uuid) => [uuid, { ...whole, gpus }]);
  }
  const parts: [string, Part][] = [];
  const start = Math.max(attempt.startedAt, period.from);
  for (let day = Math.floor(start / DAY_MS) * DAY_MS; ; day += DAY_MS) {
    const within = { from: Math.max(day, period.from), to: Math.min(day + DAY_MS, period.to) };
    const runMs = Math.max(0, Math.min(start + whole.runMs, within.to) - Math.max(start, within.from));
    parts.push([new Date(day).toISOString().slice(0, 10), { ...whole, runMs, period: within }]);
    if (start + whole.runMs <= within.to) return parts;
  }
}

interface Sums {
  jobs: Set<number>;
  gpuMs: number;
  cpuMs: number;
  runMs: number;
  waitsMs: number[];
  outcomes: Map<Outcome, number>;
  /** GPU milliseconds of jobs whose GPUs were measured; use and idleness weighted by them. */
  measuredGpuMs: number;
  usedGpuMs: number;
  idleGpuMs: number;
}

function newSums(): Sums {
  const none = { gpuMs: 0, cpuMs: 0, runMs: 0, measuredGpuMs: 0, usedGpuMs: 0, idleGpuMs: 0 };
  return { jobs: new Set(), waitsMs: [], outcomes: new Map(), ...none };
}

function add(sums: Sums, attempt: UsedAttempt, { runMs, gpus }: Part, { from, to }: Period): void {
  sums.jobs.add(attempt.jobId);
  sums.runMs += runMs;
  sums.gpuMs += runMs * gpus;
  sums.cpuMs += runMs * attempt.cpus;
  const isIn = (at: number | null) => at !== null && at >= from && at < to;
  if (isIn(attempt.startedAt) && attempt.queuedAt !== null)
    sums.waitsMs.push(Math.max(0, attempt.startedAt - attempt.queuedAt));
  if (isIn(attempt.endedAt) && attempt.outcome !== null) {
    sums.outcomes.set(attempt.outcome, (sums.outcomes.get(attempt.outcome) ?? 0) + 1);
  }
  if (!attempt.gpuMeasurements || gpus === 0) return;
  sums.measuredGpuMs += runMs * gpus;
  sums.usedGpuMs += (runMs * gpus * (attempt.gpuUtilizationSum ?? 0)) / attempt.gpuMeasurements;
  sums.idleGpuMs += (runMs * gpus * (attempt.gpuIdleSum ?? 0)) / attempt.gpuMeasurements;
}

function lineOf(key: string, sums: Sums): UsageLine {
  const count = (...outcomes: Outcome[]) => outcomes.reduce((sum, one) => sum + (sums.outcomes.get(one) ?? 0), 0);
  const waits = sums.waitsMs.toSorted((a, b) => a - b);
  const measured = sums.measuredGpuMs > 0;
  return {
    key,
    jobs: sums.jobs.size,
    gpu_hours: sums.gpuMs / HOUR_MS,
    cpu_hours: sums.cpuMs / HOUR_MS,
    run_hours: sums.runMs / HOUR_MS,
    wait_seconds_p50: quantileSeconds(waits, 0.5),
    wait_seconds_p90: quantileSeconds(waits, 0.9),
    succeeded: count('succeeded'),
    failed: count('failed', 'out_of_memory', 'timed_out', 'start_failed'),
    cancelled: count('cancelled'),
    interrupted: count('interrupted', 'lost'),
    gpu_utilization_percent: measured ? sums.usedGpuMs / sums.measuredGpuMs : null,
    gpu_idle_hours: measured ? sums.idleGpuMs / HOUR_MS : null,
  };
}

/** The smallest wait that at least this part of them does not exceed (nearest rank). */
function quantileSeconds(sorted: readonly number[], part: number): number | null {
  const at = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  return at === undefined ? null : at / 1000;
}
