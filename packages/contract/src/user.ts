import { z } from 'zod';
import { Role } from './access.ts';
import { Instant } from './job.ts';
import { USER_NAME } from './user-name.ts';

export const UserName = z
  .string()
  .min(1)
  .max(64)
  .regex(USER_NAME, 'letters, digits, "_", "." and "-", not starting with "." or "-"');

export const User = z.object({
  name: UserName,
  email: z.string().nullable(),
  disabled: z.boolean(),
  role: Role,
  /** Uid the user's containers run as: the registered one, else a synthetic one. */
  uid: z.int().positive(),
  /** Weight of the user's share: 2 may use twice as much as 1 for the same penalty. */
  shares: z.number().positive(),
  /** Limits of this user in place of the general ones; null = the general one. */
  max_running_jobs: z.int().nonnegative().nullable(),
  max_running_gpus: z.int().nonnegative().nullable(),
  max_queued_jobs: z.int().nonnegative().nullable(),
  /** Lower goes first. Unit and formula depend on the policy in force. */
  penalty: z.number().nonnegative(),
  queued: z.int().nonnegative(),
  running: z.int().nonnegative(),
  /** Containers that ran to an end. */
  finished: z.int().nonnegative(),
  created_at: Instant,
});
export type User = z.infer<typeof User>;
