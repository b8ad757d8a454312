// One pass over the queue: who starts now, what is kept for whom, and why the others wait. Data only; the caller acts.
import { amountsOfRunning, rateOf } from './charge.ts';
import { predictedUse } from './decay.ts';
import { fairSharePenalties, penaltyOfUse, type Tariff, tariffOf } from './fair-share.ts';
import { LimitCounts } from './limits.ts';
import { runPass } from './pass.ts';
import { penalties } from './penalty.ts';
import type { Policy } from './policy.ts';
import { type Reason, Reasons } from './reason.ts';
import { chargedRunMs, type Learned, learnRunTimes } from './run-time.ts';
import { Site, type Spot } from './site.ts';
import { declaresGpuMemory, type QueuedJob, type Snapshot } from './snapshot.ts';
import { lanesOf, Turns } from './turns.ts';

export interface Start {
  jobId: number;
  machineId: string;
  gpuUuids: string[];
}

export interface Reservation extends Start {
  startAt: number;
  /** True where the time set aside for the job was learned from the past and is no limit. */
  estimate: boolean;
}

export interface Plan {
  /** Every queued job, in scheduling order; those that start now are among them. */
  order: number[];
  starts: Start[];
  reservations: Reservation[];
  /** One for every queued job that does not start now. */
  reasons: Map<number, Reason>;
}

/**
 * Decides what to start now. Starts never over-commit a GPU slot, memory or CPUs, and never delay a reservation as long as
 * run times keep their limits. Under `fair-share` a start is charged at once, so that a burst of one user's jobs does not
 * slip through; the order that remains is the order of the next pass.
 */
export function plan(snapshot: Snapshot, policy: Policy, now: number): Plan {
  const learned = learnRunTimes(snapshot.history);
  const site = new Site(snapshot, learned, now, declaresGpuMemory(snapshot));
  const limits = new LimitCounts(policy, snapshot.running);
  const { turns, charge } = turnsOf(snapshot, policy, learned, now);
  const result: Plan = { order: [], starts: [], reservations: [], reasons: new Map() };
  const waiting: QueuedJob[] = [];
  runPass(
    { site, turns, limits, policy, learned, now },
    {
      isDone: () => false,
      started(job, spot) {
        result.order.push(job.id);
        result.starts.push(startOf(job, spot));
        charge(job, spot);
      },
      waits(job, reason) {
        result.order.push(job.id);
        if (reason) result.reasons.set(job.id, reason);
        else waiting.push(job);
      },
      reserved(job, spot) {
        const estimate = job.expectedRunMs === undefined && job.timeLimitMs === undefined;
        result.reservations.push({ ...startOf(job, spot), startAt: spot.startAt, estimate });
      },
    },
  );
  // Read from what is free after all starts, so that they are true when somebody sees them.
  const reserved = result.reservations.map(({ jobId }) => jobId);
  const reasons = new Reasons(site, reserved);
  for (const job of waiting) result.reasons.set(job.id, reasons.of(job));
  return result;
}

export function startOf(job: QueuedJob, { room: { machine }, gpus }: Spot): Start {
  return { jobId: job.id, machineId: machine.id, gpuUuids: gpus.map((gpu) => machine.gpus[gpu]?.uuid ?? '') };
}

/** Whose turn it is under the policy, and how a start is charged during the pass. */
export function turnsOf(
  snapshot: Snapshot,
  policy: Policy,
  learned: Learned,
  now: number,
): { turns: Turns; charge: (job: QueuedJob, spot: Spot) => void } {
  const lanes = lanesOf(snapshot.queued);
  if (policy.kind !== 'fair-share') {
    return { turns: new Turns(lanes, penalties(snapshot, policy, now)), charge: () => undefined };
  }
  const tariff = tariffOf(snapshot, policy);
  const penaltyOfUser = fairSharePenalties(snapshot, tariff, learned, now);
  return {
    turns: new Turns(lanes, penaltyOfUser),
    charge(job, spot) {
      const start = penaltyOfStart(job, startOf(job, spot), tariff, learned);
      penaltyOfUser.set(job.user, (penaltyOfUser.get(job.user) ?? 0) + start);
    },
  };
}

function penaltyOfStart(job: QueuedJob, start: Start, tariff: Tariff, learned: Learned): number {
  const amounts = amountsOfRunning({ ...job, gpuUuids: start.gpuUuids }, tariff.gpuOf, tariff.weigh);
  const use = rateOf(amounts, tariff.prices) * predictedUse(chargedRunMs(job, learned), tariff.halfLifeMs);
  return penaltyOfUse(use, tariff.shareOf(job.user));
}
