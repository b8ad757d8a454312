// Signing in, and what one signs in with. Secrets travel once, towards their owner, and are never shown again.
import { z } from 'zod';
import { CallerRole, Role } from './access.ts';
import { Instant } from './job.ts';
import { UserName } from './user.ts';

/** Shorter ones are guessed, longer ones only cost time to hash. */
export const Password = z.string().min(10, 'at least 10 characters').max(200, 'at most 200 characters');

/**
 * What a token may do, never more than its user.
 * - `read`: look. `jobs`: that, and submit and change own jobs. `all`: what the user may, but nothing about accounts.
 */
export const TokenScope = z.enum(['read', 'jobs', 'all']);
export type TokenScope = z.infer<typeof TokenScope>;

/** Who may get an account: everybody at once, everybody an administrator approves, or whom an administrator invites. */
export const Registration = z.enum(['open', 'approval', 'closed']);
export type Registration = z.infer<typeof Registration>;

export const WhoAmI = z.object({
  /** Null for nobody in particular, and for root on the admin socket. */
  user: z.string().nullable(),
  role: CallerRole,
  how: z.enum(['admin socket', 'user socket', 'session', 'token', 'nothing']),
  /** Of a token. */
  scope: TokenScope.nullable(),
  registration: Registration,
  /** True until somebody has signed up with the code that the server prints at its start. */
  needs_first_admin: z.boolean(),
});
export type WhoAmI = z.infer<typeof WhoAmI>;

export const SignIn = z.object({ user: z.string().min(1).max(64), password: z.string().min(1).max(200) });

export const Register = z.object({
  user: UserName,
  password: Password,
  email: z.email().max(254).optional(),
  /** The server's code for the first administrator, or an invitation. */
  code: z.string().max(100).optional(),
});

export const NewToken = z.object({
  /** What it is for, in the user's own words. */
  name: z.string().min(1).max(100),
  scope: TokenScope.default('jobs'),
  /** Null = it never expires. */
  expires_in_days: z.int().min(1).max(3660).nullable().default(90),
});
export type NewToken = z.infer<typeof NewToken>;

const Credential = z.object({
  id: z.int().positive(),
  user: z.string(),
  created_at: Instant,
  expires_at: Instant.nullable(),
  /** To the minute. */
  used_at: Instant.nullable(),
  used_from: z.string().nullable(),
});

export const Token = Credential.extend({ name: z.string(), scope: TokenScope });
export type Token = z.infer<typeof Token>;

/** A new token; its secret is shown this once. */
export const IssuedToken = Token.extend({ secret: z.string() });
export type IssuedToken = z.infer<typeof IssuedToken>;

export const Session = Credential.extend({
  /** What the browser says of itself. */
  browser: z.string(),
  /** True for the one that asks. */
  current: z.boolean(),
});
export type Session = z.infer<typeof Session>;

/** Somebody who waits for approval. */
export const PendingUser = z.object({
  user: z.string(),
  email: z.string().nullable(),
  registered_at: Instant,
  /**
   * Uid of the server's own account of that name: whose files the jobs could reach. Make sure that it is the same person.
   */
  account_uid: z.int().nullable(),
});
export type PendingUser = z.infer<typeof PendingUser>;

export const Invitation = z.object({ user: z.string(), code: z.string(), expires_at: Instant });
export type Invitation = z.infer<typeof Invitation>;

export const GiveRole = z.object({ name: UserName, role: Role });
