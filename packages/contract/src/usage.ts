// The usage report: who used how much, how long people waited, what failed, and how well GPUs were used.
import { z } from 'zod';
import { Instant } from './job.ts';

export const ReadUsage = z.object({
  /** What there is a line for. `day` is a day in UTC, `gpu` a GPU by UUID. */
  by: z.enum(['user', 'day', 'gpu']).default('user'),
  from: Instant,
  /** Default: now. */
  to: Instant.optional(),
  /** Only this user's jobs. */
  user: z.string().optional(),
});
export type ReadUsage = z.infer<typeof ReadUsage>;

/** Times count as far as they lie in the period; waits and outcomes count where the start and the end lie in it. */
export const UsageLine = z.object({
  /** User, day (`2031-05-04`) or UUID. */
  key: z.string(),
  /** Jobs that ran in the period. */
  jobs: z.int().nonnegative(),
  /** Parts of GPUs x hours. */
  gpu_hours: z.number().nonnegative(),
  /** CPUs set aside x hours. */
  cpu_hours: z.number().nonnegative(),
  run_hours: z.number().nonnegative(),
  /** From queued to started; null if nothing started. */
  wait_seconds_p50: z.number().nonnegative().nullable(),
  wait_seconds_p90: z.number().nonnegative().nullable(),
  succeeded: z.int().nonnegative(),
  /** Ended by an error of their own: failed, out of memory, timed out, start failed. */
  failed: z.int().nonnegative(),
  cancelled: z.int().nonnegative(),
  /** Ended by the engine, the machine or somebody outside. */
  interrupted: z.int().nonnegative(),
  /** Mean use of the GPUs while jobs had them, 0 to 100, by GPU hours; null where nothing was measured. */
  gpu_utilization_percent: z.number().nullable(),
  /** GPU hours in which a job's GPUs did nothing; null where nothing was measured. */
  gpu_idle_hours: z.number().nonnegative().nullable(),
});
export type UsageLine = z.infer<typeof UsageLine>;

export const Usage = z.object({ from: Instant, to: Instant, lines: z.array(UsageLine), total: UsageLine });
export type Usage = z.infer<typeof Usage>;
