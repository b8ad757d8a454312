// The score that orders users: lower goes first. One entry for the three policies.
import { fairSharePenalties, tariffOf } from './fair-share.ts';
import type { Policy } from './policy.ts';
import { recencyPenalties } from './recency.ts';
import { learnRunTimes } from './run-time.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The penalty of every user who has any, under the policy: `recency` as 1.0 (see recency.ts), `fair-share` in fair shares
 * (see fair-share.ts), `fifo` none. Users who are absent stand at 0.
 */
export function penalties(snapshot: Snapshot, policy: Policy, now: number): Map<string, number> {
  if (policy.kind === 'recency') return recencyPenalties(snapshot.history);
  if (policy.kind === 'fifo') return new Map();
  return fairSharePenalties(snapshot, tariffOf(snapshot, policy), learnRunTimes(snapshot.history), now);
}

/** The penalty of one user; see `penalties`. */
export function penaltyOf(user: string, snapshot: Snapshot, policy: Policy, now: number): number {
  return penalties(snapshot, policy, now).get(user) ?? 0;
}
