// What operators and administrators do to the queue as a whole: lock, drain, policy, clearing, shutdown.
import { z } from 'zod';
import { Instant } from './job.ts';

/** Nothing starts any more; intake, builds, running jobs and their limits go on. */
export const Lock = z.object({
  locked: z.boolean(),
  message: z.string().nullable(),
  /** Who locked it, as events name them. */
  actor: z.string().nullable(),
  since: Instant.nullable(),
  /** When it ends by itself; null = when somebody unlocks it. */
  until: Instant.nullable(),
});
export type Lock = z.infer<typeof Lock>;

export const LockQueue = z.object({
  message: z.string().max(500).default(''),
  /** It ends by itself then. */
  until: Instant.optional(),
});

/** A GPU or a machine that gets no new jobs; what runs there goes on. */
export const Drain = z.object({
  kind: z.enum(['gpu', 'machine']),
  /** UUID of the GPU or name of the machine. */
  id: z.string(),
  reason: z.string(),
  actor: z.string(),
  since: Instant,
});
export type Drain = z.infer<typeof Drain>;

/** A GPU by UUID, by the beginning of its UUID or by its number, or a machine by name. */
const Target = {
  gpu: z.string().min(1).max(100).optional(),
  machine: z.string().min(1).max(100).optional(),
};
const isOne = (target: { gpu?: string | undefined; machine?: string | undefined }) =>
  (target.gpu === undefined) !== (target.machine === undefined);
const ONE = 'either a gpu or a machine';
export const DrainTarget = z.object({ ...Target, reason: z.string().max(500).default('') }).refine(isOne, ONE);
export const UndrainTarget = z.object(Target).refine(isOne, ONE);

const limit = z.int().nonnegative().nullable();
const seconds = z
  .number()
  .positive()
  .max(366 * 86_400)
  .nullable();

/** What decides who goes first. Names as in `[queue]` of config.ini, limits null = none. */
export const PolicySettings = z.object({
  policy: z.enum(['fair-share', 'recency', 'fifo']),
  /** After so long, use counts half. */
  half_life_seconds: z
    .number()
    .min(60)
    .max(3660 * 86_400),
  /** GPU model -> what one such GPU counts; 1 where none matches. */
  gpu_weights: z.record(z.string().min(1).max(100), z.number().positive().max(1e6)),
  backfill: z.enum(['conservative', 'easy', 'none']),
  /** For `conservative`: how many waiting jobs nobody may delay. */
  protected_jobs: z.int().min(1).max(10_000),
  max_running_jobs_per_user: limit,
  max_running_gpus_per_user: limit,
  max_queued_jobs_per_user: limit,
  max_running_jobs: limit,
  max_running_gpus: limit,
  max_queued_jobs: limit,
  /** Limit of a job that names none, and the longest one may ask for. */
  default_time_limit_seconds: seconds,
  max_time_limit_seconds: seconds,
});
export type PolicySettings = z.infer<typeof PolicySettings>;

export const SETTING_NAMES = Object.keys(PolicySettings.shape) as (keyof PolicySettings)[];

export const Policy = z.object({
  /** What is in force. */
  settings: PolicySettings,
  /** What config.ini says. */
  configured: PolicySettings,
  /** Settings that were changed at run time; they stay so over restarts, until they are reset. */
  changed: z.array(z.string()),
});
export type Policy = z.infer<typeof Policy>;

export const ChangePolicy = z.object({
  set: PolicySettings.partial().default({}),
  /** Back to what config.ini says. */
  reset: z.array(z.enum(SETTING_NAMES as [keyof PolicySettings, ...(keyof PolicySettings)[]])).default([]),
});
export type ChangePolicy = z.infer<typeof ChangePolicy>;

export const ClearHistory = z.object({
  /** Only jobs that ended before. */
  before: Instant.optional(),
  user: z.string().optional(),
  /** Their use is forgotten too: penalties and usage reports change. Without it only the lists get shorter. */
  forget_use: z.boolean().default(false),
});
export type ClearHistory = z.infer<typeof ClearHistory>;

export const Cleared = z.object({ cleared: z.int().nonnegative() });

export const Shutdown = z.object({
  /** Stops what runs first. Without it jobs run on and are adopted at the next start. */
  stop_jobs: z.boolean().default(false),
});

export const ShuttingDown = z.object({
  /** Jobs that go on without DoPQ, or are stopped first. */
  running: z.int().nonnegative(),
  stopping_jobs: z.boolean(),
});
