// What the site decided: who goes first, what may pass a waiting job, and how much anyone may have.

/** Lower penalty goes first. */
export type Ordering =
  | {
      kind: 'fair-share';
      /** Use this long ago counts half. Default 7 days. */
      halfLifeMs?: number | undefined;
      /** Weight of a GPU by model (see `matchesModel`); 1 where nothing matches. */
      gpuWeights?: Readonly<Record<string, number>> | undefined;
      /** Share weight of a user; 1 where absent. */
      shares?: Readonly<Record<string, number>> | undefined;
    }
  | { kind: 'recency' }
  | { kind: 'fifo' };

/**
 * - `conservative`: the first `protectedJobs` waiting jobs have a reservation that no later job may delay.
 * - `easy`: only the first one has. - `none`: nothing starts before the first one.
 */
export type Backfill = 'conservative' | 'easy' | 'none';

/**
 * What one user, or everyone together, may have at once. Of more than `queuedJobs` waiting jobs only the first ones in order
 * are looked at. Absent = as much as fits.
 */
export interface Limits {
  runningJobs?: number | undefined;
  /** GPUs held, whole or in part. */
  runningGpus?: number | undefined;
  queuedJobs?: number | undefined;
}

export type LimitedThing = keyof Limits;

export type Policy = Ordering & {
  limits?:
    | {
        perUser?: Limits | undefined;
        total?: Limits | undefined;
        /** Exceptions by user, each value in place of the one in `perUser`. */
        users?: Readonly<Record<string, Limits>> | undefined;
      }
    | undefined;
  /** Default `conservative`. */
  backfill?: Backfill | undefined;
  /** For `conservative`. Default 10. */
  protectedJobs?: number | undefined;
};

export const DEFAULT_HALF_LIFE_MS = 7 * 24 * 3_600_000;
const DEFAULT_PROTECTED_JOBS = 10;

/** How many waiting jobs get a reservation under this policy. */
export function reservationsOf(policy: Policy): number {
  if (policy.backfill === 'none') return 0;
  return policy.backfill === 'easy' ? 1 : (policy.protectedJobs ?? DEFAULT_PROTECTED_JOBS);
}
