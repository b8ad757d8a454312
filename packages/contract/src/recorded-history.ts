// What the queue did, as data for the simulator: machines, the policy in force, and each run with what it asked for.
import { z } from 'zod';
import { Instant } from './job.ts';

export const HistoryQuery = z.object({
  /** Only what has happened since; default all that is kept. */
  since_seconds: z.number().positive().optional(),
});

const Ask = z.object({
  num_gpus: z.int().nonnegative(),
  num_slots: z.int().positive(),
  memory_bytes: z.int().nonnegative(),
  cpus: z.number().nonnegative(),
  gpu_models: z.array(z.string()),
  min_gpu_memory_bytes: z.int().nullable(),
  gpu_memory_bytes: z.int().nullable(),
});

const Limits = z.object({
  running_jobs: z.int().optional(),
  running_gpus: z.int().optional(),
  queued_jobs: z.int().optional(),
});

/** One run, or a job that waits or left before it ran. */
export const RecordedRun = Ask.extend({
  job_id: z.int(),
  name: z.string(),
  user: z.string(),
  priority: z.int(),
  nice: z.int(),
  own_rank: z.int().nullable(),
  place_at: Instant.nullable(),
  not_before_at: Instant.nullable(),
  time_limit_seconds: z.number().nullable(),
  after: z.array(z.object({ job_id: z.int(), condition: z.enum(['ok', 'any']) })),
  array: z.object({ id: z.int(), max_parallel: z.int() }).nullable(),
  queued_at: Instant,
  /** When its place was given to it; null = it never started. */
  started_at: Instant.nullable(),
  /** Null while it runs or waits. */
  ended_at: Instant.nullable(),
});
export type RecordedRun = z.infer<typeof RecordedRun>;

export const RecordedHistory = z.object({
  began_at: Instant,
  ended_at: Instant,
  machines: z.array(
    z.object({
      id: z.string(),
      memory_bytes: z.int(),
      cpus: z.number(),
      gpus: z.array(z.object({ uuid: z.string(), model: z.string(), memory_bytes: z.int(), slots: z.int() })),
    }),
  ),
  policy: z.object({
    kind: z.enum(['fair-share', 'recency', 'fifo']),
    half_life_seconds: z.number().nullable(),
    gpu_weights: z.record(z.string(), z.number()),
    shares: z.record(z.string(), z.number()),
    backfill: z.enum(['conservative', 'easy', 'none']),
    protected_jobs: z.int().nullable(),
    limits: z.object({ per_user: Limits, total: Limits, users: z.record(z.string(), Limits) }).nullable(),
  }),
  users: z.array(z.string()),
  /** Runs that had ended before `began_at`: what penalties and predictions begin with. */
  past: z.array(
    z.object({
      job_id: z.int(),
      user: z.string(),
      started_at: Instant,
      ended_at: Instant,
      models: z.array(z.string()),
      gpu_share: z.number(),
      memory_bytes: z.int(),
      cpus: z.number(),
    }),
  ),
  /** Runs under way at `began_at`, with the GPUs they had. */
  running: z.array(RecordedRun.extend({ machine: z.string(), gpus: z.array(z.string()) })),
  /** What was queued since, in the order in which it was. */
  runs: z.array(RecordedRun),
});
export type RecordedHistory = z.infer<typeof RecordedHistory>;
