// What the scheduler is told: the machines, the jobs and the past, as plain data. Callers' own records fit it structurally.

export interface Gpu {
  uuid: string;
  /** As the driver names it, for example `NVIDIA A100-SXM4-80GB`. */
  model: string;
  memoryBytes: number;
  /** How many shares it is cut into; a job takes `numSlots` of them. */
  slots: number;
  /** False while it is used from outside, drained, sick or its last reading is old. */
  usable: boolean;
  /** Why it is not usable, as one clause in words. */
  blockedReason?: string | undefined;
}

export interface Machine {
  id: string;
  gpus: readonly Gpu[];
  memoryBytes: number;
  cpus: number;
}

/** What a job asks of one machine. */
export interface Request {
  numGpus: number;
  /** Slots it takes on each of its GPUs. */
  numSlots: number;
  memoryBytes: number;
  cpus: number;
  /** Any of these; absent or empty = any model. See `matchesModel` for how names compare. */
  gpuModels?: readonly string[] | undefined;
  /** Each of its GPUs has at least this much memory. */
  minGpuMemoryBytes?: number | undefined;
  /** Memory it takes of each of its GPUs; absent = its slots' part of the GPU's memory. */
  gpuMemoryBytes?: number | undefined;
}

/** Several jobs that were submitted as one. */
export interface ArrayPlace {
  id: number;
  /** So many of them may run at once. */
  maxParallel: number;
}

/** A job that has to end before another one starts. */
export interface Awaited {
  jobId: number;
  /** It has to succeed, too. */
  success: boolean;
}

export interface QueuedJob extends Request {
  id: number;
  user: string;
  queuedAt: number;
  /** The age that counts against other users; it changes hands when a user reorders own jobs. Default `queuedAt`. */
  placeAt?: number | undefined;
  /** Class set by an operator; higher goes first, before any penalty. Default 0. */
  priority?: number | undefined;
  /** Among the user's own jobs only: lower goes first. Default 0. */
  nice?: number | undefined;
  /** Among the user's own jobs of one nice value: lower goes first, jobs without one last. */
  ownRank?: number | undefined;
  /** It is stopped after this long. */
  timeLimitMs?: number | undefined;
  /** How long it is expected to run, where somebody knows better than the limit and the past. */
  expectedRunMs?: number | undefined;
  /** It may not start earlier. */
  notBeforeAt?: number | undefined;
  /** These have not ended yet, and it waits for them. */
  after?: readonly Awaited[] | undefined;
  /** Only where its array limits how many run at once. */
  array?: ArrayPlace | undefined;
}

export interface RunningJob {
  id: number;
  user: string;
  machineId: string;
  gpuUuids: readonly string[];
  numSlots: number;
  /** Memory it takes of each of its GPUs; absent = its slots' part. */
  gpuMemoryBytes?: number | undefined;
  memoryBytes: number;
  cpus: number;
  /** As it was when it waited. */
  array?: ArrayPlace | undefined;
  startedAt: number;
  /** When it is stopped, if it still runs then. */
  limitEndAt?: number | undefined;
  /** When it is expected to end, where somebody knows better than the limit and the past. */
  expectedEndAt?: number | undefined;
}

/** A container that ran and ended. One that never ran is no past run: it costs nothing. */
export interface PastRun {
  id: number;
  user: string;
  startedAt: number;
  finishedAt: number;
  /** The model of each GPU it had; empty for a job without GPUs. */
  models: readonly string[];
  /** Share of each GPU it had: by slots or by memory, whichever is more. Default 1. */
  gpuShare?: number | undefined;
  memoryBytes: number;
  cpus: number;
}

/** True where GPU memory has to be counted beside slots: without declarations the slots say it all. */
export function declaresGpuMemory({ queued, running }: Pick<Snapshot, 'queued' | 'running'>): boolean {
  const declares = ({ gpuMemoryBytes }: { gpuMemoryBytes?: number | undefined }): boolean =>
    gpuMemoryBytes !== undefined;
  return queued.some(declares) || running.some(declares);
}

/** Memory that a job takes of a GPU; 0 where the GPU does not tell what it has. */
export function gpuMemoryOn(
  gpu: Pick<Gpu, 'memoryBytes' | 'slots'>,
  { numSlots, gpuMemoryBytes }: Pick<Request, 'numSlots' | 'gpuMemoryBytes'>,
): number {
  if (gpu.memoryBytes === 0) return 0;
  return gpuMemoryBytes ?? (gpu.memoryBytes * numSlots) / gpu.slots;
}

export interface Snapshot {
  machines: readonly Machine[];
  queued: readonly QueuedJob[];
  /** Running and starting ones: everything that holds something. */
  running: readonly RunningJob[];
  history: readonly PastRun[];
  /** Everyone who has a share, also without jobs. Absent: everyone who appears above. */
  users?: readonly string[] | undefined;
}
