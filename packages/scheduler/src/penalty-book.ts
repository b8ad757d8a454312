// Penalties kept up to date from start to start and end to end, for those who walk through time: the same figures as
// `penalties` reads from a whole snapshot, without reading the past again at every step.
import { amountsOfRunning, rateOf } from './charge.ts';
import { decayedUse, predictedUse } from './decay.ts';
import { fairShareUses, penaltyOfUse, type Tariff, tariffOf } from './fair-share.ts';
import type { Policy } from './policy.ts';
import { recencyPenalties } from './recency.ts';
import { chargedEndAt, type Learned } from './run-time.ts';
import type { Snapshot } from './snapshot.ts';

/** What a book wants to know of a start. */
export interface StartedJob {
  id: number;
  user: string;
  gpuUuids: readonly string[];
  numSlots: number;
  gpuMemoryBytes?: number | undefined;
  memoryBytes: number;
  cpus: number;
  startedAt: number;
  /** Until when it is charged as long as it runs. */
  chargedEndAt: number;
}

export interface PenaltyBook {
  started(job: StartedJob): void;
  /** A running job is charged until another time now. */
  recharged(jobId: number, chargedEndAt: number): void;
  /** In the order of their ends. */
  ended(jobId: number, user: string, now: number): void;
  /** A fresh map. */
  penalties(now: number): Map<string, number>;
  /** What the start adds to the penalty of its user at once. */
  penaltyOfStart(job: StartedJob): number;
}

/** Opens the book with what the snapshot says of the past, the running jobs, the machines and the users. */
export function penaltyBook(policy: Policy, snapshot: Snapshot, learned: Learned, now: number): PenaltyBook {
  if (policy.kind === 'recency') return new RecencyBook(recencyPenalties(snapshot.history));
  if (policy.kind === 'fifo') return FIFO;
  const tariff = tariffOf(snapshot, policy);
  const book = new FairShareBook(tariff, fairShareUses({ ...snapshot, running: [] }, tariff, learned, now), now);
  for (const job of snapshot.running) book.started({ ...job, chargedEndAt: chargedEndAt(job, learned, now) });
  return book;
}

const nothing = (): void => undefined;
const FIFO: PenaltyBook = {
  started: nothing,
  recharged: nothing,
  ended: nothing,
  penalties: () => new Map(),
  penaltyOfStart: () => 0,
};

class RecencyBook implements PenaltyBook {
  readonly #penalties: Map<string, number>;

  constructor(penalties: Map<string, number>) {
    this.#penalties = penalties;
  }

  started(): void {}

  recharged(): void {}

  ended(_jobId: number, user: string): void {
    for (const [name, penalty] of this.#penalties) this.#penalties.set(name, penalty / Math.E);
    this.#penalties.set(user, (this.#penalties.get(user) ?? 0) + 1);
  }

  penalties(): Map<string, number> {
    return new Map(this.#penalties);
  }

  penaltyOfStart(): number {
    return 0;
  }
}

class FairShareBook implements PenaltyBook {
  readonly #tariff: Tariff;
  readonly #running = new Map<number, { job: StartedJob; rate: number }>();
  /** The use of each user's ended jobs, as it counted at `at`. */
  readonly #ended = new Map<string, { use: number; at: number }>();

  constructor(tariff: Tariff, uses: ReadonlyMap<string, number>, at: number) {
    this.#tariff = tariff;
    for (const [user, use] of uses) this.#ended.set(user, { use, at });
  }

  started(job: StartedJob): void {
    this.#running.set(job.id, { job, rate: this.#rateOf(job) });
  }

  recharged(jobId: number, chargedEndAt: number): void {
    const run = this.#running.get(jobId);
    if (run) run.job = { ...run.job, chargedEndAt };
  }

  ended(jobId: number, user: string, now: number): void {
    const run = this.#running.get(jobId);
    if (!run) return;
    this.#running.delete(jobId);
    const { halfLifeMs } = this.#tariff;
    const before = this.#ended.get(user) ?? { use: 0, at: now };
    const kept = before.use * 2 ** (-(now - before.at) / halfLifeMs);
    this.#ended.set(user, { use: kept + run.rate * decayedUse(run.job.startedAt, now, now, halfLifeMs), at: now });
  }

  penalties(now: number): Map<string, number> {
    const { halfLifeMs, shareOf } = this.#tariff;
    const use = new Map<string, number>();
    for (const [user, ended] of this.#ended) use.set(user, ended.use * 2 ** (-(now - ended.at) / halfLifeMs));
    for (const { job, rate } of this.#running.values()) {
      const real = decayedUse(job.startedAt, now, now, halfLifeMs);
      const rest = predictedUse(Math.max(0, job.chargedEndAt - now), halfLifeMs);
      use.set(job.user, (use.get(job.user) ?? 0) + rate * (real + rest));
    }
    for (const [user, sum] of use) use.set(user, penaltyOfUse(sum, shareOf(user)));
    return use;
  }

  penaltyOfStart(job: StartedJob): number {
    const use = predictedUse(job.chargedEndAt - job.startedAt, this.#tariff.halfLifeMs);
    return penaltyOfUse(this.#rateOf(job) * use, this.#tariff.shareOf(job.user));
  }

  #rateOf(job: StartedJob): number {
    return rateOf(amountsOfRunning(job, this.#tariff.gpuOf, this.#tariff.weigh), this.#tariff.prices);
  }
}
