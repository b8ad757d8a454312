import { z } from 'zod';
import { Instant } from './job.ts';
import { Lock } from './queue-control.ts';

export const GpuState = z.enum(['free', 'busy', 'shared', 'outside', 'drained', 'stale', 'error']);
export type GpuState = z.infer<typeof GpuState>;

export const Gpu = z.object({
  machine: z.string(),
  uuid: z.string(),
  /** Display only; indices move after a reboot, the UUID does not. */
  index: z.int().nonnegative(),
  name: z.string(),
  state: GpuState,
  reason: z.string().nullable(),
  memory_bytes: z.int().nonnegative().nullable(),
  memory_used_bytes: z.int().nonnegative().nullable(),
  utilization_percent: z.number().nullable(),
  temperature_celsius: z.number().nullable(),
  power_watts: z.number().nullable(),
  slots: z.int().positive(),
  slots_used: z.int().nonnegative(),
  jobs: z.array(z.object({ id: z.int(), name: z.string(), user: z.string() })),
  processes: z.array(
    z.object({ pid: z.int(), name: z.string(), memory_bytes: z.int().nullable(), job_id: z.int().nullable() }),
  ),
});
export type Gpu = z.infer<typeof Gpu>;

const Part = z.object({
  state: z.string(),
  message: z.string().nullable(),
  started_at: Instant.nullable(),
  uptime_seconds: z.number().nonnegative(),
});

/** What `dopq status` shows: each part with its state, since when, and what to do about it. */
export const Status = z.object({
  version: z.string(),
  instance: z.string(),
  server: Part.extend({ pid: z.int(), simulated: z.boolean(), data_dir: z.string(), config_file: z.string() }),
  queue: Part.extend({
    locked: z.boolean(),
    lock: Lock,
    policy: z.string(),
    queued: z.int(),
    running: z.int(),
    held: z.int(),
    /** Jobs that started after a start was predicted; how many had started by their first P50, by their first P90. */
    promises: z.object({ started: z.int(), kept_p50: z.int(), kept_p90: z.int() }),
  }),
  provider: Part.extend({ pid: z.int().nullable(), restarts: z.int(), building: z.int() }),
  /** Where the page and the API answer. */
  controller: Part.extend({
    address: z.string().nullable(),
    socket: z.string(),
    /** With it the first administrator signs up; for administrators, until that is done. */
    setup_code: z.string().nullable(),
  }),
  engine: Part.extend({
    endpoint: z.string(),
    version: z.string().nullable(),
    api_version: z.string().nullable(),
    gpu_mode: z.string(),
    live_restore: z.boolean().nullable(),
  }),
  share: z.object({ path: z.string(), state: z.string(), message: z.string().nullable(), since: Instant.nullable() }),
  disk: z.array(
    z.object({
      use: z.string(),
      path: z.string(),
      free_bytes: z.int(),
      total_bytes: z.int(),
      message: z.string().nullable(),
    }),
  ),
  /** What DoPQ keeps on its disks, as its last round of house-keeping saw it; empty before the first. */
  storage: z.array(
    z.object({
      use: z.string(),
      /** Null where they cannot be counted. */
      count: z.int().nonnegative().nullable(),
      bytes: z.int().nonnegative(),
      /** Limits; null = none. */
      max_bytes: z.int().nonnegative().nullable(),
      keep_days: z.number().nonnegative().nullable(),
      message: z.string().nullable(),
    }),
  ),
  hardware: Part.extend({ gpus: z.int(), gpus_free: z.int(), sample_age_seconds: z.number().nullable() }),
  host: z.object({
    cpus: z.number(),
    cpu_percent: z.number().nullable(),
    memory_bytes: z.int(),
    memory_used_bytes: z.int(),
  }),
  warnings: z.array(z.string()),
});
export type Status = z.infer<typeof Status>;
