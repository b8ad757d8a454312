// How well a finished job's request fitted: asked against used, and what asking for less would have gained.
import type { Efficiency } from '@dopq/contract';
import { leanerAsks, provenGains, type Trace, type TraceJob, type Use } from '@dopq/scheduler';
import type { JobRecord } from '../store/jobs.ts';
import type { RecordedRunRow } from '../store/recorded-runs.ts';
import type { ControllerDeps } from './deps.ts';

/** More than this is not played while somebody waits for an answer. */
const MOST_RUNS = 2000;

/** @returns null for a job that never ran or still runs */
export function efficiencyOf(deps: ControllerDeps, job: JobRecord): Efficiency | null {
  const attempt = job.attempt > 0 ? deps.store.attempts.find(job.id, job.attempt) : undefined;
  if (job.state !== 'finished' || !attempt?.startedAt || !attempt.endedAt) return null;
  const use = useOf(deps, job, attempt.endedAt - attempt.startedAt);
  const gpuSize = gpuMemoryOf(deps, attempt.gpuUuids);
  const asked = attempt.gpuMemoryBytes ?? (gpuSize === undefined ? undefined : gpuSize * attempt.gpuShare);
  return {
    ran_seconds: use.ranMs / 1000,
    time_limit_seconds: job.timeLimitMs === null ? null : job.timeLimitMs / 1000,
    memory: { asked_bytes: attempt.memoryBytes, used_bytes: use.memoryPeakBytes ?? null },
    cpus: { asked: attempt.cpus, used: use.cpus ?? null },
    gpus: {
      asked: attempt.gpuUuids.length,
      utilization: use.gpuUtilization ?? null,
      idle: use.gpuIdle ?? null,
      memory_asked_bytes: attempt.gpuUuids.length > 0 && asked !== undefined ? Math.round(asked) : null,
      memory_used_bytes: use.gpuMemoryPeakBytes ?? null,
    },
    gains: gainsOf(deps, job, attempt.createdAt, use),
  };
}

type MeasuredUse = Use & { gpuUtilization?: number | undefined };

function useOf({ store }: ControllerDeps, job: JobRecord, ranMs: number): MeasuredUse {
  const sums = store.measurements.useOf(job.id);
  if (!sums || sums.measurements === 0) return { ranMs };
  const gpus = job.numGpus ?? 0;
  return {
    ranMs,
    memoryPeakBytes: sums.memoryPeakBytes,
    cpus: sums.cpuPercentSum / sums.measurements / 100,
    ...(sums.gpuMeasurements > 0 && {
      gpuUtilization: sums.gpuUtilizationSum / sums.gpuMeasurements / 100,
      gpuIdle: sums.gpuIdleSum / sums.gpuMeasurements,
    }),
    ...(gpus > 0 && sums.gpuMemoryPeakBytes !== null && { gpuMemoryPeakBytes: sums.gpuMemoryPeakBytes / gpus }),
  };
}

function gpuMemoryOf({ hardware }: ControllerDeps, uuids: readonly string[]): number | undefined {
  const sizes = hardware
    .gpus()
    .gpus.flatMap(({ uuid, memoryBytes }) => (uuids.includes(uuid) ? (memoryBytes ?? []) : []));
  return sizes.length === 0 ? undefined : Math.min(...sizes);
}

/** Undefined queue times are of jobs that never waited. */
function gainsOf({ store, queue }: ControllerDeps, job: JobRecord, begunAt: number, use: Use): Efficiency['gains'] {
  const outlook = queue.outlook();
  const queuedAt = Math.min(job.queuedAt ?? begunAt, begunAt);
  if (!outlook) return [];
  // What was queued after its start had no part in it.
  const rows = store.pastRuns.recorded(queuedAt).filter((row) => row.queuedAt <= begunAt);
  const waited = rows.filter(({ startedAt }) => startedAt === null || startedAt >= queuedAt);
  const position = waited.findLastIndex((row) => row.jobId === job.id);
  const mine = waited[position];
  if (!mine || rows.length > MOST_RUNS) return [];
  const trace = traceOf(rows, waited, outlook.snapshot, queuedAt);
  const asks = leanerAsks(trace.jobs[position] as TraceJob, use);
  const gains = provenGains(trace, outlook.policy, position, asks) ?? asks.map((ask) => ({ ...ask, gainMs: null }));
  return gains.map(({ text, gainMs }) => ({ text, earlier_seconds: gainMs === null ? null : gainMs / 1000 }));
}

type Outlook = NonNullable<ReturnType<ControllerDeps['queue']['outlook']>>;

function traceOf(
  rows: readonly RecordedRunRow[],
  waited: readonly RecordedRunRow[],
  { machines, history, users = [] }: Outlook['snapshot'],
  at: number,
): Trace {
  const end = Number.MAX_SAFE_INTEGER;
  const running = rows.filter(({ startedAt }) => startedAt !== null && startedAt < at);
  return {
    unusable: 0,
    machines: machines.map((machine) => ({
      ...machine,
      gpus: machine.gpus.map((gpu) => ({ ...gpu, usable: true })),
    })),
    beginning: {
      at,
      users: [...users],
      history: history.filter(({ finishedAt }) => finishedAt <= at),
      running: running.map((row) => ({
        ...askOf(row),
        id: row.jobId,
        user: row.user,
        machineId: row.machineId ?? '',
        gpuUuids: row.gpuUuids,
        startedAt: row.startedAt ?? at,
        limitEndAt: row.timeLimitMs === null ? undefined : (row.startedAt ?? at) + row.timeLimitMs,
        realEndAt: row.endedAt ?? end,
      })),
    },
    jobs: waited.map(
      (row): TraceJob => ({
        ...askOf(row),
        id: row.jobId,
        user: row.user,
        submittedAt: row.queuedAt,
        runMs: row.startedAt === null ? 0 : (row.endedAt ?? end) - row.startedAt,
        requestedMs: row.timeLimitMs ?? undefined,
        priority: row.priority,
        nice: row.nice,
        ownRank: row.ownRank ?? undefined,
        placeAt: row.placeAt ?? undefined,
        notBeforeAt: row.notBeforeAt ?? undefined,
        after: row.dependsOn.map(({ jobId, condition }) => ({ jobId, success: condition === 'ok' })),
        withdrawnAt: row.startedAt === null ? (row.endedAt ?? end) : undefined,
      }),
    ),
  };
}

function askOf(row: RecordedRunRow) {
  const { numGpus, numSlots, memoryBytes, cpus, wishes, arrayId, maxParallel } = row;
  const array = arrayId === null || maxParallel === null ? undefined : { id: arrayId, maxParallel };
  return { numGpus, numSlots, memoryBytes, cpus, ...wishes, array };
}
