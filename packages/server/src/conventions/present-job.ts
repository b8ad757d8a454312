// The one place where a record becomes the job that everyone sees: API, command line and receipts say the same words.
import type { Job, JobUse } from '@dopq/contract';
import type { AttemptRecord } from '../store/attempts.ts';
import type { JobRecord } from '../store/jobs.ts';

export interface JobAround {
  /** The job's newest attempt, if it was ever started. */
  attempt?: AttemptRecord | undefined;
  /** Place in the queue, 1 is next; null unless queued. */
  position?: number | null | undefined;
  /** When it will start, as far as is known. */
  prediction?: { p50At: number; p90At: number } | undefined;
  /** Why it waits, as the queue sees it now; without one the recorded reason is shown. */
  reason?: string | undefined;
  /** Minor numbers of its GPUs. */
  gpuIndices?: number[];
  /** What it uses now. */
  use?: JobUse | null;
}

export function presentJob(job: JobRecord, around: JobAround = {}): Job {
  const { attempt, position, reason, prediction, gpuIndices = [], use = null } = around;
  return {
    id: job.id,
    name: job.name,
    user: job.user,
    state: job.state,
    outcome: job.outcome,
    exit_code: job.exitCode,
    reason: reason ?? job.reason,
    held_by: holderOf(job),
    position: position ?? null,
    num_gpus: job.numGpus,
    num_slots: job.numSlots,
    memory_bytes: job.memoryBytes,
    cpus: job.cpus,
    gpu_models: job.submission?.gpuModels ?? [],
    min_gpu_memory_bytes: job.submission?.minGpuMemoryBytes ?? null,
    gpu_memory_bytes: job.submission?.gpuMemoryBytes ?? null,
    after: job.dependsOn.map(({ jobId, condition }) => ({ job_id: jobId, condition })),
    array:
      job.arrayId === null
        ? null
        : {
            id: job.arrayId,
            index: job.arrayIndex ?? 0,
            count: job.arrayCount ?? 1,
            max_parallel: job.maxParallel,
          },
    retries: job.submission?.retries ?? 0,
    retry_on: job.submission?.retryOn ?? [],
    warn_before_seconds: job.submission?.warnBeforeMs === undefined ? null : job.submission.warnBeforeMs / 1000,
    warn_signal: job.submission?.warnSignal ?? null,
    time_limit_seconds: job.timeLimitMs === null ? null : job.timeLimitMs / 1000,
    priority: job.priority,
    nice: job.nice,
    gpus: attempt?.gpuUuids ?? [],
    gpu_indices: gpuIndices,
    use,
    retry_of: job.retryOf,
    attempt: job.attempt,
    container_name: attempt?.containerName ?? null,
    image: job.image,
    source: job.source,
    file: job.file,
    unverified: job.unverified,
    notes: job.notes,
    log: attempt?.logPath ?? null,
    build_log: job.buildLog,
    created_at: iso(job.createdAt),
    queued_at: isoOrNull(job.queuedAt),
    not_before_at: isoOrNull(job.notBeforeAt),
    predicted_start_at: isoOrNull(prediction?.p50At ?? null),
    predicted_start_p90_at: isoOrNull(prediction?.p90At ?? null),
    started_at: isoOrNull(job.startedAt),
    finished_at: isoOrNull(job.finishedAt),
  };
}

/** The owner of a job, or somebody who may hold the jobs of others; null = nobody. */
export function holderOf({ user, heldBy }: Pick<JobRecord, 'user' | 'heldBy'>): Job['held_by'] {
  if (heldBy === null) return null;
  return heldBy === `user:${user}` ? 'owner' : 'operator';
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}
