import { z } from 'zod';
import { CallerRole } from './access.ts';
import { Instant } from './job.ts';

export const AUDIT_RESULTS = ['done', 'refused', 'failed'] as const;

/** One act at the door. Entries are only ever added. */
export const AuditEntry = z.object({
  seq: z.int(),
  at: Instant,
  /** `user:alice`, `root (socket)` (the server's own account, on the admin socket), `anonymous`. */
  who: z.string(),
  role: CallerRole,
  how: z.string(),
  from: z.string(),
  /** Procedure or route: `jobs.cancel`. */
  what: z.string(),
  /** `#12`, `alice`; null if it is about no one thing. */
  which: z.string().nullable(),
  /** What was asked for, without anything secret; JSON. */
  details: z.string().nullable(),
  /** `refused`: it was not allowed. `failed`: it was, and did not work. */
  result: z.enum(AUDIT_RESULTS),
  /** Code of the error. */
  code: z.string().nullable(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

export const AuditQuery = z.object({
  /** `alice` finds `user:alice`, `root` finds `root (socket)`. */
  who: z.string().max(100).optional(),
  /** Beginning of it: `jobs` finds `jobs.cancel`. */
  what: z.string().max(100).optional(),
  which: z.string().max(100).optional(),
  from: z.string().max(100).optional(),
  result: z.enum(AUDIT_RESULTS).optional(),
  since: Instant.optional(),
  until: Instant.optional(),
  /** Only entries older than this one: the way to the next page. */
  before_seq: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(200),
});
export type AuditQuery = z.infer<typeof AuditQuery>;
