// What jobs use, now and over time, from the engine and from what was measured.
import { DopqError, type JobStats, type JobTop, type JobUse, type ReadSeries, SERIES_STEPS } from '@dopq/contract';
import type { SeriesAnswer, Series } from '@dopq/contract';
import { EngineError } from '../engines/engine.ts';
import type { Sample } from '../store/measurements.ts';
import type { ControllerDeps } from './deps.ts';
import { recordOf } from './jobs.ts';

const MOST_POINTS = 1500;

/** The newest measurement of a running job. */
export function useNow({ sampler }: ControllerDeps, jobId: number): JobUse | null {
  const found = sampler.latest(jobId);
  if (!found) return null;
  return {
    at: new Date(found.at).toISOString(),
    cpu_percent: found.cpuPercent,
    memory_bytes: found.memoryBytes,
    gpu_utilization_percent: found.gpuUtilizationPercent,
    gpu_memory_bytes: found.gpuMemoryBytes,
  };
}

/** @throws DopqError JOB_NOT_FOUND */
export async function readStats(deps: ControllerDeps, id: number): Promise<JobStats> {
  const job = recordOf(deps, id);
  const use = deps.store.measurements.useOf(id);
  return {
    now: job.state === 'running' ? await statsNow(deps, id, job.attempt) : null,
    overall: use
      ? {
          measurements: use.measurements,
          cpu_percent_mean: use.cpuPercentSum / use.measurements,
          memory_bytes_peak: use.memoryPeakBytes,
          gpu_utilization_percent_mean: ratio(use.gpuUtilizationSum, use.gpuMeasurements),
          gpu_idle_fraction: ratio(use.gpuIdleSum, use.gpuMeasurements),
        }
      : null,
  };
}

/** Null where the engine cannot say: it ended this moment, or the engine is out. */
async function statsNow(deps: ControllerDeps, id: number, number: number): Promise<JobStats['now']> {
  const attempt = deps.store.attempts.get(id, number);
  const stats = await deps.engine
    .container(attempt.containerId ?? attempt.containerName)
    .stats()
    .catch(() => undefined);
  if (!stats) return null;
  const readings = new Map(deps.hardware.gpus().gpus.map((gpu) => [gpu.uuid, gpu]));
  return {
    at: new Date(stats.at).toISOString(),
    cpu_percent: stats.cpuPercent,
    memory_bytes: stats.memoryBytes,
    memory_limit_bytes: stats.memoryLimitBytes,
    pids: stats.pids,
    network_rx_bytes: stats.networkRxBytes,
    network_tx_bytes: stats.networkTxBytes,
    block_read_bytes: stats.blockReadBytes,
    block_write_bytes: stats.blockWriteBytes,
    gpus: attempt.gpuUuids.flatMap((uuid) => {
      const gpu = readings.get(uuid);
      if (!gpu) return [];
      return {
        uuid,
        index: gpu.index,
        name: gpu.name,
        utilization_percent: gpu.utilizationPercent ?? null,
        memory_used_bytes: gpu.memoryUsedBytes ?? null,
        memory_bytes: gpu.memoryBytes ?? null,
      };
    }),
  };
}

/** @throws DopqError JOB_NOT_FOUND, JOB_NOT_RUNNING, ENGINE_UNAVAILABLE */
export async function readTop(deps: ControllerDeps, id: number): Promise<JobTop> {
  const job = recordOf(deps, id);
  if (job.state !== 'running')
    throw new DopqError('JOB_NOT_RUNNING', `Job #${id} does not run: it is ${job.outcome ?? job.state}.`);
  const attempt = deps.store.attempts.get(id, job.attempt);
  try {
    return await deps.engine.container(attempt.containerId ?? attempt.containerName).top();
  } catch (error) {
    throw engineRefusal(error, id);
  }
}

/** What the engine said of a running job's container, in our words. */
export function engineRefusal(error: unknown, id: number): unknown {
  if (!(error instanceof EngineError)) return error;
  const isGone = error.code === 'conflict' || error.code === 'not_found';
  if (isGone) return new DopqError('JOB_NOT_RUNNING', `Job #${id} has just ended.`, { cause: error });
  return new DopqError('ENGINE_UNAVAILABLE', `The engine did not answer: ${error.message}`, { cause: error });
}

export function readSeries({ store, clock }: ControllerDeps, query: ReadSeries): SeriesAnswer {
  const now = clock.now();
  const range = { from: Date.parse(query.from), to: query.to === undefined ? now + 1 : Date.parse(query.to) };
  const seconds = query.step_seconds ?? chooseStep(range, now);
  const series = [...new Set(query.subjects)].map((subject) =>
    columns(subject, store.measurements.read(seconds, range, subject)),
  );
  return { step_seconds: seconds, series };
}

function chooseStep({ from, to }: { from: number; to: number }, now: number): number {
  const fits = SERIES_STEPS.find(
    ({ seconds, keepSeconds }) => now - from <= keepSeconds * 1000 && (to - from) / (seconds * 1000) <= MOST_POINTS,
  );
  return (fits ?? SERIES_STEPS[2]).seconds;
}

function columns(subject: string, samples: readonly Sample[]): Series {
  const metrics = [...new Set(samples.flatMap(({ means }) => Object.keys(means)))];
  const column = (of: 'means' | 'peaks') =>
    Object.fromEntries(metrics.map((metric) => [metric, samples.map((sample) => sample[of][metric] ?? null)]));
  return { subject, times: samples.map(({ at }) => at / 1000), means: column('means'), peaks: column('peaks') };
}

function ratio(sum: number, count: number): number | null {
  return count === 0 ? null : sum / count;
}
