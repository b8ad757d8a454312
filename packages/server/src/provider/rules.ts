// What a submission may ask for here: no more than the largest machine has and the configuration allows.
import type { Submission, SubmissionOptions } from '@dopq/contract';
import type { Config } from '../config/shape.ts';
import type { EngineInfo } from '../engines/engine.ts';
import type { GpuSample } from '../hardware/hardware.ts';
import type { JobRecord } from '../store/jobs.ts';

/** What there is, as far as it is known. */
export interface Capacity {
  engine: Pick<EngineInfo, 'memoryBytes' | 'cpus' | 'platform'> | undefined;
  gpus: Pick<GpuSample, 'state' | 'gpus' | 'at'>;
}

/** DoPQ 1.0 gave this to jobs that named no memory. */
const LEGACY_MEMORY_BYTES = 20 * 1024 ** 3;

export function rulesFor(job: Pick<JobRecord, 'user'>, config: Config, capacity: Capacity): SubmissionOptions {
  const maxGpus = countGpus(capacity);
  const maxMemoryBytes = mostMemory(config, capacity);
  return {
    requireUser: job.user === '',
    defaultGpus: config.legacy || maxGpus !== 0 ? 1 : 0,
    maxSlots: config.queue.maxGpuAssignment,
    maxPids: config.docker.pidsLimit,
    openedRunParams: config.docker.allowRunParams,
    ...(config.legacy && { defaultMemoryBytes: Math.min(LEGACY_MEMORY_BYTES, maxMemoryBytes ?? LEGACY_MEMORY_BYTES) }),
    ...(maxGpus !== undefined && { maxGpus }),
    ...(maxMemoryBytes !== undefined && { maxMemoryBytes }),
    ...(capacity.engine && { maxCpus: capacity.engine.cpus }),
    ...(capacity.engine?.platform && { platform: capacity.engine.platform }),
  };
}

/** Memory of a job that names none: the machine's memory divided among its GPUs, or its CPUs where it has no GPU. */
export function memoryOf(submission: Submission, config: Config, capacity: Capacity): number {
  if (submission.memoryBytes !== undefined) return submission.memoryBytes;
  const most = mostMemory(config, capacity) ?? LEGACY_MEMORY_BYTES;
  const parts = countGpus(capacity) || capacity.engine?.cpus || 1;
  return Math.min(most, Math.floor(most / parts) * Math.max(1, submission.numGpus));
}

/**
 * CPUs set aside for a job that names none: one for each of its GPUs, at least one. They bound what runs side by side and weigh
 * its CPU time; only CPUs that were asked for are a limit.
 */
export function cpusOf(submission: Submission, { engine }: Capacity): number {
  return submission.cpus ?? Math.min(Math.max(1, submission.numGpus), engine?.cpus ?? 1);
}

/** Undefined while no reading of the GPUs has succeeded: then nothing is refused for their number. */
function countGpus({ gpus }: Capacity): number | undefined {
  if (gpus.state === 'absent') return 0;
  return gpus.at === undefined ? undefined : gpus.gpus.length;
}

function mostMemory({ docker }: Config, { engine }: Capacity): number | undefined {
  const { memLimitBytes } = docker;
  if (!engine) return memLimitBytes ?? undefined;
  return memLimitBytes === null ? engine.memoryBytes : Math.min(engine.memoryBytes, memLimitBytes);
}
