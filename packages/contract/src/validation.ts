// `dopq validate`: what the server would say of a submission, without taking it.
import { z } from 'zod';
import { Instant } from './job.ts';
import { Problem } from './problem.ts';

/** What the server's configuration allows an archive to be. */
export const ArchiveLimits = z.object({
  max_upload_bytes: z.int(),
  max_unpacked_bytes: z.int(),
  max_entries: z.int(),
  /** Endings of archives that are built, and of those that are loaded; lower case, without the dot. */
  build_suffixes: z.array(z.string()),
  load_suffixes: z.array(z.string()),
});
export type ArchiveLimits = z.infer<typeof ArchiveLimits>;

/** A container_config.json for the server to judge. */
export const Judged = z.object({
  /** Its bytes, base64. A little more than may be is let through, so that the answer says what is wrong. */
  config: z.base64().max(400_000),
  /** What it is called in problems. */
  file: z.string().min(1).max(500),
  /** Whose job it would be; without it `executor_name` says so, or the inbox will. */
  user: z.string().max(64).optional(),
});

/** What a sound submission would be given. */
export const Asks = z.object({
  name: z.string(),
  /** Null if only the inbox will say. */
  user: z.string().nullable(),
  num_gpus: z.int().nonnegative(),
  num_slots: z.int().positive(),
  /** Null where the server decides and was not asked. */
  memory_bytes: z.int().nonnegative().nullable(),
  cpus: z.number().nonnegative().nullable(),
  time_limit_seconds: z.number().positive().nullable(),
});
export type Asks = z.infer<typeof Asks>;

export const Judgement = z.object({ problems: z.array(Problem), notes: z.array(z.string()), asks: Asks.nullable() });
export type Judgement = z.infer<typeof Judgement>;

/** With when it would start: by then in half of all cases, and in nine of ten; null = not known. */
export const JudgementNow = z.object({
  ...Judgement.shape,
  predicted_start_at: Instant.nullable(),
  predicted_start_p90_at: Instant.nullable(),
});
export type JudgementNow = z.infer<typeof JudgementNow>;

/** `dopq validate -o json`. */
export const Validation = z.object({
  path: z.string(),
  valid: z.boolean(),
  /** `server`: with its GPUs, memory, users and limits; `defaults`: no server was asked, so those are not checked. */
  checked_with: z.enum(['server', 'defaults']),
  ...JudgementNow.shape,
});
export type Validation = z.infer<typeof Validation>;
