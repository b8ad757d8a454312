// Measures every ten seconds what GPUs, machine, jobs and queue do, and keeps it in three steps. Reads the world, changes
// nothing in it, and nothing waits for it: what does not answer is a gap.
import { SERIES_STEPS, type SeriesValues } from '@dopq/contract';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/shape.ts';
import type { ContainerStats, Engine } from '../engines/engine.ts';
import type { GpuReading, Hardware } from '../hardware/hardware.ts';
import type { Logger } from '../log.ts';
import type { AttemptRecord } from '../store/attempts.ts';
import type { Sample, Values } from '../store/measurements.ts';
import type { Store } from '../store/store.ts';
import { mean, rollUp, stepOf } from './roll-up.ts';

export interface SamplerOptions {
  store: Store;
  clock: Clock;
  log: Logger;
  config: Pick<Config, 'queue'>;
  engine: Pick<Engine, 'container' | 'machineId'>;
  hardware: Pick<Hardware, 'gpus' | 'host'>;
}

/** What a running job used when it was measured last. */
export interface JobMeasurement extends ContainerStats {
  gpuUtilizationPercent: number | null;
  gpuMemoryBytes: number | null;
}

export interface Sampler extends AsyncDisposable {
  /** Undefined if it does not run, or not long enough. */
  latest(jobId: number): JobMeasurement | undefined;
  /** One measurement of everything, now. */
  measure(): Promise<void>;
}

const [FINE, MIDDLE, COARSE] = SERIES_STEPS;
/** A GPU that works less than this does nothing: nvidia-smi shows a few percent for a desktop or a look at it. */
const IDLE_BELOW_PERCENT = 5;
/** Questions to the engine side by side; each takes it a second or two. */
const PARALLEL = 8;

/** Measures at once and every ten seconds until disposed. */
export function startSampler(options: SamplerOptions): Sampler {
  const { clock, log } = options;
  let latest = new Map<number, JobMeasurement>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let underWay: Promise<void> = Promise.resolve();

  async function measure(): Promise<void> {
    latest = await measureJobs(options);
    record(options, latest);
  }

  function schedule(): void {
    const now = clock.now();
    const pauseMs = stepOf(now, FINE.seconds) + FINE.seconds * 1000 - now;
    timer = setTimeout(() => {
      underWay = measure()
        .catch((error: unknown) => log.warn({ err: error }, 'a measurement failed; the next one is in ten seconds'))
        .finally(() => {
          if (!isStopped) schedule();
        });
    }, pauseMs);
    timer.unref();
  }

  schedule();
  return {
    latest: (jobId) => latest.get(jobId),
    measure,
    async [Symbol.asyncDispose]() {
      isStopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}

async function measureJobs({ store, engine, hardware, clock, config }: SamplerOptions) {
  const running = store.attempts.active().filter(({ containerId, startedAt }) => containerId && startedAt);
  const gpus = new Map(freshGpus({ hardware, clock, config }).map((gpu) => [gpu.uuid, gpu]));
  const found = new Map<number, JobMeasurement>();
  const rest = [...running];
  const work = async () => {
    for (let attempt = rest.pop(); attempt; attempt = rest.pop()) {
      const stats = await statsOf(engine, attempt);
      if (stats) found.set(attempt.jobId, { ...stats, ...gpuUse(attempt, gpus) });
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, running.length) }, work));
  return found;
}

/** An engine that is out, or a container that just ended, is a gap and no trouble of ours. */
async function statsOf(engine: SamplerOptions['engine'], { containerId }: AttemptRecord) {
  return await engine
    .container(containerId ?? '')
    .stats()
    .catch(() => undefined);
}

function gpuUse({ gpuUuids }: AttemptRecord, gpus: ReadonlyMap<string, GpuReading>) {
  const mine = gpuUuids.flatMap((uuid) => gpus.get(uuid) ?? []);
  const utilization = known(mine.map((gpu) => gpu.utilizationPercent));
  const memory = known(mine.map((gpu) => gpu.memoryUsedBytes));
  return {
    gpuUtilizationPercent: utilization.length === 0 ? null : mean(utilization),
    gpuMemoryBytes: memory.length === 0 ? null : memory.reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** What is too old to be used for starts is no measurement either. */
function freshGpus({ hardware, clock, config }: Pick<SamplerOptions, 'hardware' | 'clock' | 'config'>): GpuReading[] {
  const sample = hardware.gpus();
  const isFresh = sample.at !== undefined && clock.now() - sample.at <= config.queue.gpuSampleMaxAgeMs;
  return isFresh ? sample.gpus : [];
}

function record(options: SamplerOptions, jobs: ReadonlyMap<number, JobMeasurement>): void {
  const { store, clock } = options;
  const now = clock.now();
  const at = stepOf(now, FINE.seconds);
  const readings = [...lookAt(options), ...[...jobs].map(([jobId, use]) => jobReading(jobId, use))];
  const fine = readings.map(({ subject, values }): Sample => ({ subject, at, means: values, peaks: values }));
  store.measurements.lazily(() => {
    store.measurements.put(FINE.seconds, fine);
    for (const [jobId, use] of jobs) {
      // It may have ended, and its row gone, while the engine answered.
      if (store.jobs.find(jobId)) store.measurements.addUse({ jobId, ...use }, isIdle(use.gpuUtilizationPercent));
    }
    for (const [fine, coarse] of [
      [FINE, MIDDLE],
      [MIDDLE, COARSE],
    ] as const) {
      const from = stepOf(at, coarse.seconds);
      const range = { from, to: from + coarse.seconds * 1000 };
      store.measurements.put(coarse.seconds, rollUp(store.measurements.read(fine.seconds, range), from));
    }
    if (at === stepOf(at, MIDDLE.seconds)) {
      for (const { seconds, keepSeconds } of SERIES_STEPS) {
        store.measurements.dropBefore(seconds, now - keepSeconds * 1000);
      }
    }
  });
}

const isIdle = (utilizationPercent: number | null): boolean =>
  utilizationPercent !== null && utilizationPercent < IDLE_BELOW_PERCENT;

interface Reading {
  subject: string;
  values: Values;
}

function jobReading(jobId: number, use: JobMeasurement): Reading {
  const values: SeriesValues<'job'> = {
    cpu_percent: use.cpuPercent,
    memory_bytes: use.memoryBytes,
    gpu_utilization_percent: use.gpuUtilizationPercent,
    gpu_memory_bytes: use.gpuMemoryBytes,
    gpu_idle: use.gpuUtilizationPercent === null ? null : Number(isIdle(use.gpuUtilizationPercent)),
  };
  return { subject: `job:${jobId}`, values };
}

/** GPUs, machine and queue. */
function lookAt(options: SamplerOptions): Reading[] {
  const slots = Map.groupBy(options.store.attempts.slotsInUse(), ({ gpuUuid }) => gpuUuid);
  const gpus = freshGpus(options).map((gpu) => ({
    gpu,
    allocated: Math.min(1, (slots.get(gpu.uuid)?.length ?? 0) / options.config.queue.maxGpuAssignment),
  }));
  return [...gpus.map(gpuReading), machineReading(options, gpus), queueReading(options)];
}

interface GpuNow {
  gpu: GpuReading;
  /** The part of its slots that jobs have. */
  allocated: number;
}

const idleOf = ({ gpu, allocated }: GpuNow): number => Number(allocated > 0 && isIdle(gpu.utilizationPercent ?? null));

function gpuReading(now: GpuNow): Reading {
  const { gpu, allocated } = now;
  const values: SeriesValues<'gpu'> = {
    utilization_percent: gpu.utilizationPercent ?? null,
    memory_used_bytes: gpu.memoryUsedBytes ?? null,
    power_watts: gpu.powerWatts ?? null,
    temperature_celsius: gpu.temperatureCelsius ?? null,
    allocated,
    idle: idleOf(now),
  };
  return { subject: `gpu:${gpu.uuid}`, values };
}

function machineReading({ hardware, engine }: SamplerOptions, gpus: readonly GpuNow[]): Reading {
  const host = hardware.host();
  const utilization = known(gpus.map(({ gpu }) => gpu.utilizationPercent));
  const values: SeriesValues<'machine'> = {
    cpu_percent: host.cpuPercent ?? null,
    memory_used_bytes: host.memoryUsedBytes,
    gpus: gpus.length,
    gpus_allocated: gpus.reduce((sum, { allocated }) => sum + allocated, 0),
    gpus_idle: gpus.reduce((sum, now) => sum + idleOf(now) * now.allocated, 0),
    gpu_utilization_percent: utilization.length === 0 ? null : mean(utilization),
  };
  return { subject: `machine:${engine.machineId}`, values };
}

function queueReading({ store }: SamplerOptions): Reading {
  const { queued = 0, held = 0, starting = 0, running = 0, ...before } = store.jobCounts.active();
  const { receiving = 0, checking = 0, building = 0 } = before;
  const values: SeriesValues<'queue'> = {
    queued,
    held,
    running: starting + running,
    building: receiving + checking + building,
  };
  return { subject: 'queue', values };
}

function known(values: readonly (number | null | undefined)[]): number[] {
  return values.filter((value) => typeof value === 'number');
}
