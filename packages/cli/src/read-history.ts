// The server's own past as a trace, for `dopq simulate` without a file.
import type { RecordedHistory, RecordedRun } from '@dopq/contract';
import type { Policy, Trace } from '@dopq/scheduler';

export function traceOf(history: RecordedHistory): Trace {
  const end = Date.parse(history.ended_at);
  return {
    unusable: 0,
    machines: history.machines.map(({ id, memory_bytes: memoryBytes, cpus, gpus }) => ({
      id,
      memoryBytes,
      cpus,
      // What is drained or sick today is no part of the past.
      gpus: gpus.map(({ uuid, model, memory_bytes, slots }) => ({
        uuid,
        model,
        memoryBytes: memory_bytes,
        slots,
        usable: true,
      })),
    })),
    beginning: {
      at: Date.parse(history.began_at),
      users: history.users,
      history: history.past.map((run) => ({
        id: run.job_id,
        user: run.user,
        startedAt: Date.parse(run.started_at),
        finishedAt: Date.parse(run.ended_at),
        models: run.models,
        gpuShare: run.gpu_share,
        memoryBytes: run.memory_bytes,
        cpus: run.cpus,
      })),
      running: history.running.map((run) => {
        const startedAt = Date.parse(run.started_at ?? history.began_at);
        const limitMs = run.time_limit_seconds === null ? undefined : run.time_limit_seconds * 1000;
        return {
          ...askOf(run),
          id: run.job_id,
          user: run.user,
          machineId: run.machine,
          gpuUuids: run.gpus,
          startedAt,
          limitEndAt: limitMs === undefined ? undefined : startedAt + limitMs,
          realEndAt: run.ended_at === null ? end : Date.parse(run.ended_at),
        };
      }),
    },
    jobs: history.runs.map((run) => {
      const startedAt = at(run.started_at);
      // What still runs is taken to end with the history, what still waits to leave then.
      const endedAt = at(run.ended_at) ?? end;
      return {
        ...askOf(run),
        id: run.job_id,
        user: run.user,
        submittedAt: Date.parse(run.queued_at),
        runMs: startedAt === undefined ? 0 : Math.max(0, endedAt - startedAt),
        requestedMs: run.time_limit_seconds === null ? undefined : run.time_limit_seconds * 1000,
        priority: run.priority,
        nice: run.nice,
        ownRank: run.own_rank ?? undefined,
        placeAt: at(run.place_at),
        notBeforeAt: at(run.not_before_at),
        after: run.after.map(({ job_id, condition }) => ({ jobId: job_id, success: condition === 'ok' })),
        recordedStartAt: startedAt,
        withdrawnAt: startedAt === undefined ? endedAt : undefined,
      };
    }),
  };
}

function askOf(run: RecordedRun) {
  return {
    numGpus: run.num_gpus,
    numSlots: run.num_slots,
    memoryBytes: run.memory_bytes,
    cpus: run.cpus,
    gpuModels: run.gpu_models,
    minGpuMemoryBytes: run.min_gpu_memory_bytes ?? undefined,
    gpuMemoryBytes: run.gpu_memory_bytes ?? undefined,
    array: run.array ? { id: run.array.id, maxParallel: run.array.max_parallel } : undefined,
  };
}

const at = (instant: string | null): number | undefined => (instant === null ? undefined : Date.parse(instant));

/** The policy that was in force. */
export function policyInForce({ policy }: RecordedHistory): Policy {
  const { kind, backfill, protected_jobs: protectedJobs, limits } = policy;
  const rules = {
    backfill,
    protectedJobs: protectedJobs ?? undefined,
    limits: limits
      ? {
          perUser: limitsOf(limits.per_user),
          total: limitsOf(limits.total),
          users: Object.fromEntries(Object.entries(limits.users).map(([user, own]) => [user, limitsOf(own)])),
        }
      : undefined,
  };
  if (kind !== 'fair-share') return { kind, ...rules };
  const { half_life_seconds: halfLife, gpu_weights: gpuWeights, shares } = policy;
  return { kind, halfLifeMs: halfLife === null ? undefined : halfLife * 1000, gpuWeights, shares, ...rules };
}

function limitsOf(limits: {
  running_jobs?: number | undefined;
  running_gpus?: number | undefined;
  queued_jobs?: number | undefined;
}) {
  return {
    ...(limits.running_jobs !== undefined && { runningJobs: limits.running_jobs }),
    ...(limits.running_gpus !== undefined && { runningGpus: limits.running_gpus }),
    ...(limits.queued_jobs !== undefined && { queuedJobs: limits.queued_jobs }),
  };
}
