import type { QueuedJob } from '@dopq/scheduler';
import type { WaitingJob } from './store/waiting-jobs.ts';

/** A job that waits, as the scheduler is told of it. */
export function queuedJob(job: WaitingJob): QueuedJob {
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
    priority: job.priority,
    nice: job.nice,
    ownRank: job.ownRank ?? undefined,
    placeAt: job.placeAt ?? undefined,
    notBeforeAt: job.notBeforeAt ?? undefined,
  };
}
