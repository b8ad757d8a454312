// Measurements: what GPUs, machines and jobs used, now and over time.
import { z } from 'zod';
import { Instant } from './job.ts';

/** Steps that measurements are kept in, seconds, and how long each is kept: 2 hours, 2 days, 90 days. */
export const SERIES_STEPS = [
  { seconds: 10, keepSeconds: 2 * 3600 },
  { seconds: 60, keepSeconds: 2 * 86_400 },
  { seconds: 600, keepSeconds: 90 * 86_400 },
] as const;

/** What is measured, and what of it. A subject is `gpu:UUID`, `job:42`, `machine:local` or `queue`. */
export interface SeriesMetrics {
  /** `allocated`: the part of its slots that jobs have, 0 to 1; `idle`: 1 while it is allocated and does nothing. */
  gpu: 'utilization_percent' | 'memory_used_bytes' | 'power_watts' | 'temperature_celsius' | 'allocated' | 'idle';
  /** `gpu_idle`: 1 while it has GPUs and none of them does anything. */
  job: 'cpu_percent' | 'memory_bytes' | 'gpu_utilization_percent' | 'gpu_memory_bytes' | 'gpu_idle';
  /** `gpus_allocated`: GPUs that jobs have, in parts; `gpus_idle`: those of them that do nothing. */
  machine: 'cpu_percent' | 'memory_used_bytes' | 'gpus' | 'gpus_allocated' | 'gpus_idle' | 'gpu_utilization_percent';
  queue: 'queued' | 'held' | 'running' | 'building';
}

/** All of one moment; null = not known. */
export type SeriesValues<Kind extends keyof SeriesMetrics> = Record<SeriesMetrics[Kind], number | null>;

export const ReadSeries = z.object({
  subjects: z
    .array(z.string().regex(/^(?:gpu:[\x21-\x7e]{1,80}|job:\d{1,12}|machine:[\w.-]{1,64}|queue)$/))
    .min(1)
    .max(100),
  from: Instant,
  /** Default: now. */
  to: Instant.optional(),
  /** Default: the finest step that still has `from` and gives at most 1500 points. */
  step_seconds: z.union([z.literal(10), z.literal(60), z.literal(600)]).optional(),
});
export type ReadSeries = z.infer<typeof ReadSeries>;

/** Columns, as charts want them: the n-th of each list belongs to the n-th time. Where nothing was measured there is no time. */
export const Series = z.object({
  subject: z.string(),
  /** Beginning of each step, Unix time in seconds. */
  times: z.array(z.number()),
  /** Metric -> mean over the step; null = not known. */
  means: z.record(z.string(), z.array(z.number().nullable())),
  /** Metric -> highest in the step. */
  peaks: z.record(z.string(), z.array(z.number().nullable())),
});
export type Series = z.infer<typeof Series>;

export const SeriesAnswer = z.object({ step_seconds: z.int().positive(), series: z.array(Series) });
export type SeriesAnswer = z.infer<typeof SeriesAnswer>;

/** What a job uses now, and what it used while it ran. */
export const JobStats = z.object({
  /** Null unless it runs. */
  now: z
    .object({
      at: Instant,
      cpu_percent: z.number(),
      memory_bytes: z.number(),
      memory_limit_bytes: z.number(),
      pids: z.int(),
      network_rx_bytes: z.number(),
      network_tx_bytes: z.number(),
      block_read_bytes: z.number(),
      block_write_bytes: z.number(),
      gpus: z.array(
        z.object({
          uuid: z.string(),
          index: z.int(),
          name: z.string(),
          utilization_percent: z.number().nullable(),
          memory_used_bytes: z.number().nullable(),
          memory_bytes: z.number().nullable(),
        }),
      ),
    })
    .nullable(),
  /** Over all that was measured of it (every 10 seconds); null if nothing was. */
  overall: z
    .object({
      measurements: z.int().positive(),
      cpu_percent_mean: z.number(),
      memory_bytes_peak: z.number(),
      gpu_utilization_percent_mean: z.number().nullable(),
      /** Part of its time in which none of its GPUs did anything, 0 to 1. */
      gpu_idle_fraction: z.number().nullable(),
    })
    .nullable(),
});
export type JobStats = z.infer<typeof JobStats>;

/** The processes inside a job's container, as `ps` on the host lists them. */
export const JobTop = z.object({ titles: z.array(z.string()), processes: z.array(z.array(z.string())) });
export type JobTop = z.infer<typeof JobTop>;
