// Fair share with a memory: each run is a charge that fades, a job is charged at its start for what it will probably use, and
// the real use takes the place of the prediction while it runs and at its end. Penalty 1 = exactly one's fair share.
import {
  type Amounts,
  amountsOfPast,
  amountsOfRunning,
  capacityOf,
  type Prices,
  pricesOf,
  rateOf,
  weigher,
} from './charge.ts';
import { decayedUse, predictedUse } from './decay.ts';
import { DEFAULT_HALF_LIFE_MS, type Ordering } from './policy.ts';
import { chargedEndAt, type Learned } from './run-time.ts';
import type { Gpu, RunningJob, Snapshot } from './snapshot.ts';

export type FairShare = Extract<Ordering, { kind: 'fair-share' }>;

/** One run and what it counts now, before it is divided by the user's share. */
export interface Charge {
  jobId: number;
  user: string;
  amounts: Amounts;
  /** The part of the whole site it holds, by its dearest resource. */
  rate: number;
  startedAt: number;
  /** Absent while it runs. */
  finishedAt?: number;
  ranMs: number;
  /** How long it is still expected to run. */
  expectedMs: number;
  /** `rate` times the faded real use. */
  used: number;
  /** `rate` times what it is still expected to use; 0 once it has ended. */
  predicted: number;
}

/** The tariff in force: turns jobs into charges and charges into penalties. */
export interface Tariff {
  halfLifeMs: number;
  prices: Prices;
  weigh: (model: string) => number;
  gpuOf: (uuid: string) => Gpu | undefined;
  /** Everyone who has a share. */
  users: ReadonlySet<string>;
  /** The part of the site that is this user's fair share, 0 to 1. */
  shareOf: (user: string) => number;
}

/** Everyone who has a share in this snapshot. */
export function usersOf(snapshot: Snapshot): Set<string> {
  const users = new Set(snapshot.users);
  for (const { user } of snapshot.queued) users.add(user);
  for (const { user } of snapshot.running) users.add(user);
  if (!snapshot.users) for (const { user } of snapshot.history) users.add(user);
  return users;
}

/** Reads prices from the machines and shares from the users. */
export function tariffOf(snapshot: Snapshot, policy: FairShare): Tariff {
  const weigh = weigher(policy.gpuWeights);
  const gpus = new Map(snapshot.machines.flatMap(({ gpus }) => gpus.map((gpu) => [gpu.uuid, gpu] as const)));
  const shares = new Map(Object.entries(policy.shares ?? {}));
  const weightOfUser = (user: string): number => shares.get(user) ?? 1;
  const users = usersOf(snapshot);
  let sum = 0;
  for (const user of users) sum += weightOfUser(user);
  return {
    halfLifeMs: policy.halfLifeMs ?? DEFAULT_HALF_LIFE_MS,
    prices: pricesOf(capacityOf(snapshot.machines, weigh)),
    weigh,
    gpuOf: (uuid) => gpus.get(uuid),
    users,
    shareOf: (user) => weightOfUser(user) / (sum || 1),
  };
}

/** All charges of the snapshot, past runs first. */
export function* chargesOf(snapshot: Snapshot, tariff: Tariff, learned: Learned, now: number): Generator<Charge> {
  for (const run of snapshot.history) {
    const amounts = amountsOfPast(run, tariff.weigh);
    const rate = rateOf(amounts, tariff.prices);
    const { id: jobId, user, startedAt, finishedAt } = run;
    const used = rate * decayedUse(startedAt, finishedAt, Math.max(now, finishedAt), tariff.halfLifeMs);
    const ranMs = finishedAt - startedAt;
    yield { jobId, user, amounts, rate, startedAt, finishedAt, ranMs, expectedMs: 0, used, predicted: 0 };
  }
  for (const job of snapshot.running) yield chargeOfRunning(job, tariff, learned, now);
}

function chargeOfRunning(job: RunningJob, tariff: Tariff, learned: Learned, now: number): Charge {
  const amounts = amountsOfRunning(job, tariff.gpuOf, tariff.weigh);
  const rate = rateOf(amounts, tariff.prices);
  const { id: jobId, user } = job;
  const startedAt = Math.min(job.startedAt, now);
  const used = rate * decayedUse(startedAt, now, now, tariff.halfLifeMs);
  const expectedMs = chargedEndAt(job, learned, now) - now;
  const predicted = rate * predictedUse(expectedMs, tariff.halfLifeMs);
  return { jobId, user, amounts, rate, startedAt, ranMs: now - startedAt, expectedMs, used, predicted };
}

/** The penalty of a sum of charges: 1 = the user had exactly the fair share; a user whose share is 0 goes last. */
export function penaltyOfUse(use: number, share: number): number {
  return share > 0 ? use / share : Number.POSITIVE_INFINITY;
}

/** What the charges of each user add up to; users without any stand at 0. */
export function fairShareUses(snapshot: Snapshot, tariff: Tariff, learned: Learned, now: number): Map<string, number> {
  const uses = new Map<string, number>();
  for (const user of tariff.users) uses.set(user, 0);
  for (const charge of chargesOf(snapshot, tariff, learned, now)) {
    uses.set(charge.user, (uses.get(charge.user) ?? 0) + charge.used + charge.predicted);
  }
  return uses;
}

/** The penalty of each user: 0 without charges (or, with a share of 0, infinity). */
export function fairSharePenalties(
  snapshot: Snapshot,
  tariff: Tariff,
  learned: Learned,
  now: number,
): Map<string, number> {
  const penalties = fairShareUses(snapshot, tariff, learned, now);
  for (const [user, use] of penalties) penalties.set(user, penaltyOfUse(use, tariff.shareOf(user)));
  return penalties;
}
