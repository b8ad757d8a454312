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
  /**
   * Penalties as they are now, times `scale`: each worked out when it is asked for, so that an event costs nothing for users whom
   * nobody asks about. So scaled, what fades stands still, and a user's figure only falls when a job of the user ends or is
   * expected to end earlier: an order by it holds from pass to pass.
   */
  standings(now: number): Standings;
  /** What penalties are multiplied with at this moment. */
  scale(now: number): number;
  /** Sets the scale back before figures grow too large. True: what is known of standings holds no more. */
  rescale(now: number): boolean;
}

/** The standings of users during one pass. */
export interface Standings {
  get(user: string): number;
  /** A job of this user has started: the figure is another one. */
  forget(user: string): void;
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
  standings: () => ({ get: () => 0, forget: nothing }),
  scale: () => 1,
  rescale: () => false,
};

/** Reads each user once. */
class ReadOnce implements Standings {
  readonly #known = new Map<string, number>();
  readonly #read: (user: string) => number;

  constructor(read: (user: string) => number) {
    this.#read = read;
  }

  get(user: string): number {
    let standing = this.#known.get(user);
    if (standing === undefined) this.#known.set(user, (standing = this.#read(user)));
    return standing;
  }

  forget(user: string): void {
    this.#known.delete(user);
  }
}

/** So many ends, or half-lives, fit into the scale: e^500. */
const LARGEST = 500;

class RecencyBook implements PenaltyBook {
  /** By user, as they were `#ends` ends ago: instead of all of them fading at each end, the newest counts e times more. */
  readonly #scaled: Map<string, number>;
  #ends = 0;

  constructor(penalties: Map<string, number>) {
    this.#scaled = penalties;
  }

  started(): void {}

  recharged(): void {}

  ended(_jobId: number, user: string): void {
    this.#ends += 1;
    this.#scaled.set(user, (this.#scaled.get(user) ?? 0) + Math.exp(this.#ends));
  }

  standings(): Standings {
    return { get: (user) => this.#scaled.get(user) ?? 0, forget: nothing };
  }

  scale(): number {
    return Math.exp(this.#ends);
  }

  rescale(): boolean {
    if (this.#ends < LARGEST) return false;
    for (const [name, scaled] of this.#scaled) this.#scaled.set(name, scaled * Math.exp(-this.#ends));
    this.#ends = 0;
    return true;
  }
}

interface Run {
  job: StartedJob;
  rate: number;
}

class FairShareBook implements PenaltyBook {
  readonly #tariff: Tariff;
  readonly #running = new Map<number, Run>();
  readonly #runningOf = new Map<string, Set<Run>>();
  /** The use of each user's ended jobs, as it counted at `at`. */
  readonly #ended = new Map<string, { use: number; at: number }>();
  /** When the scale was 1. */
  #from: number;

  constructor(tariff: Tariff, uses: ReadonlyMap<string, number>, at: number) {
    this.#tariff = tariff;
    this.#from = at;
    for (const [user, use] of uses) this.#ended.set(user, { use, at });
  }

  started(job: StartedJob): void {
    const run = { job, rate: this.#rateOf(job) };
    this.#running.set(job.id, run);
    const own = this.#runningOf.get(job.user);
    if (own) own.add(run);
    else this.#runningOf.set(job.user, new Set([run]));
  }

  recharged(jobId: number, chargedEndAt: number): void {
    const run = this.#running.get(jobId);
    if (run) run.job = { ...run.job, chargedEndAt };
  }

  ended(jobId: number, user: string, now: number): void {
    const run = this.#running.get(jobId);
    if (!run) return;
    this.#running.delete(jobId);
    this.#runningOf.get(user)?.delete(run);
    const { halfLifeMs } = this.#tariff;
    const before = this.#ended.get(user) ?? { use: 0, at: now };
    const kept = before.use * 2 ** (-(now - before.at) / halfLifeMs);
    this.#ended.set(user, { use: kept + run.rate * decayedUse(run.job.startedAt, now, now, halfLifeMs), at: now });
  }

  standings(now: number): Standings {
    const scale = this.scale(now);
    return new ReadOnce((user) => scale * penaltyOfUse(this.#useOf(user, now), this.#tariff.shareOf(user)));
  }

  scale(now: number): number {
    return 2 ** ((now - this.#from) / this.#tariff.halfLifeMs);
  }

  rescale(now: number): boolean {
    if (now - this.#from < LARGEST * this.#tariff.halfLifeMs) return false;
    this.#from = now;
    return true;
  }

  #useOf(user: string, now: number): number {
    const { halfLifeMs } = this.#tariff;
    const ended = this.#ended.get(user);
    let use = ended ? ended.use * 2 ** (-(now - ended.at) / halfLifeMs) : 0;
    for (const { job, rate } of this.#runningOf.get(user) ?? []) {
      const real = decayedUse(job.startedAt, now, now, halfLifeMs);
      use += rate * (real + predictedUse(Math.max(0, job.chargedEndAt - now), halfLifeMs));
    }
    return use;
  }

  #rateOf(job: StartedJob): number {
    return rateOf(amountsOfRunning(job, this.#tariff.gpuOf, this.#tariff.weigh), this.#tariff.prices);
  }
}
