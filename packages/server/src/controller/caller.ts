// Who stands at the door: resolved once per request, carried as `context.caller` to every procedure and raw route.
import { userInfo } from 'node:os';
import { type CallerRole, DopqError, type TokenScope } from '@dopq/contract';
import type { Actor } from '../store/events.ts';

export interface Caller {
  /** The registered user who calls; null for root on the admin socket and for nobody in particular. */
  user: string | null;
  role: CallerRole;
  how: 'admin socket' | 'user socket' | 'session' | 'token' | 'nothing';
  /** `socket`, or the address they call from. */
  from: string;
  /** What they showed, on TCP. */
  credential?: { id: number; kind: 'session' | 'token'; scope: TokenScope };
}

/** How events name them. */
export function actorOf({ user, how }: Caller): Actor {
  if (user !== null) return `user:${user}`;
  return how === 'admin socket' ? 'admin' : 'anonymous';
}

/** How the audit log names them: whoever reaches the admin socket has the account that the server runs as, or is root. */
export function auditNameOf(caller: Caller): string {
  return caller.how === 'admin socket' ? `${accountName()} (socket)` : actorOf(caller);
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // A uid without a name, as in some containers.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** How sentences name them: `cancelled by alice`. */
export function nameOf(caller: Caller): string {
  return caller.user ?? actorOf(caller);
}

const RANK: Record<CallerRole, number> = { anonymous: 0, pending: 1, user: 2, operator: 3, admin: 4 };

/** True if the caller has that role or one that includes it. */
export function hasRole(caller: Caller, role: CallerRole): boolean {
  return RANK[caller.role] >= RANK[role];
}

/** @throws DopqError SIGN_IN_NEEDED, ACCOUNT_PENDING or ROLE_NEEDED */
export function needRole(caller: Caller, role: CallerRole, what = 'That'): void {
  if (hasRole(caller, role)) return;
  if (caller.role === 'anonymous') throw new DopqError('SIGN_IN_NEEDED', `${what} needs a signed-in user.`);
  if (caller.role === 'pending' && role !== 'operator' && role !== 'admin') {
    throw new DopqError('ACCOUNT_PENDING', `The account "${nameOf(caller)}" waits for approval.`);
  }
  throw new DopqError('ROLE_NEEDED', `${what} needs the role ${role}; ${nameOf(caller)} has the role ${caller.role}.`);
}
