import type { ArrayPlace, QueuedJob } from '@dopq/scheduler';
import type { Dependency } from '../store/schema.ts';
import type { WaitingJob } from '../store/waiting-jobs.ts';

/**
 * A job that waits, as the scheduler is told of it.
 * @param isOver whether a job it waits for has ended, so that it waits for it no longer
 */
export function queuedJob(job: WaitingJob, isOver: (dependency: Dependency) => boolean = () => true): QueuedJob {
  const after = job.dependsOn
    .filter((dependency) => !isOver(dependency))
    .map(({ jobId, condition }) => ({ jobId, success: condition === 'ok' }));
  return {
    id: job.id,
    user: job.user,
    queuedAt: job.queuedAt ?? job.createdAt,
    numGpus: job.numGpus ?? 0,
    numSlots: job.numSlots ?? 1,
    memoryBytes: job.memoryBytes ?? 0,
    cpus: job.cpus ?? 0,
    timeLimitMs: job.timeLimitMs ?? undefined,
    gpuModels: job.submission?.gpuModels,
    minGpuMemoryBytes: job.submission?.minGpuMemoryBytes,
    gpuMemoryBytes: job.submission?.gpuMemoryBytes,
    array: arrayOf(job),
    ...(after.length > 0 && { after }),
    priority: job.priority,
    nice: job.nice,
    ownRank: job.ownRank ?? undefined,
    placeAt: job.placeAt ?? undefined,
    notBeforeAt: job.notBeforeAt ?? undefined,
  };
}

/** Undefined where as many of its array may run as fit. */
export function arrayOf({ arrayId, maxParallel }: Pick<WaitingJob, 'arrayId' | 'maxParallel'>): ArrayPlace | undefined {
  return arrayId === null || maxParallel === null ? undefined : { id: arrayId, maxParallel };
}
