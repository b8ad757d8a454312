// Who may do what, in words that stand beside each procedure in api.ts. The server enforces them in one place.
import { oc } from '@orpc/contract';
import { z } from 'zod';

/** What an administrator can make of a user. */
export const Role = z.enum(['user', 'operator', 'admin']);
export type Role = z.infer<typeof Role>;

/** What a caller can be, from least to most. `pending`: registered, waits for an administrator's approval. */
const CALLER_ROLES = ['anonymous', 'pending', ...Role.options] as const;
export const CallerRole = z.enum(CALLER_ROLES);
export type CallerRole = z.infer<typeof CallerRole>;

/**
 * Who a procedure is for. Each includes those after it.
 * - `anyone`: without sign-in. `signed-in`: also who waits for approval.
 * - `owner`: the user whose jobs the input names (`id` or `ids`); for other people's jobs it takes an operator.
 */
const NEEDS = ['anyone', 'signed-in', 'user', 'owner', 'operator', 'admin'] as const;
export type Needs = (typeof NEEDS)[number];

export interface Rights {
  needs: Needs;
  /**
   * `change` is audited. `account` is audited too, and about the caller's own password, tokens and sessions: no token may
   * do it, so that a stolen one cannot make itself at home.
   */
  kind: 'read' | 'change' | 'account';
}

/** A procedure about the caller's own account. */
export const account = (needs: Needs) => oc.$meta<Rights>({ needs, kind: 'account' });

/** A procedure that changes nothing. */
export const read = (needs: Needs) => oc.$meta<Rights>({ needs, kind: 'read' });

/** A procedure that changes something. */
export const change = (needs: Needs) => oc.$meta<Rights>({ needs, kind: 'change' });
