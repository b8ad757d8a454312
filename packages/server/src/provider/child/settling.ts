// When is a file that somebody copies to a share complete? Network shares give no events, slow writers pause, and some
// writers reserve the full size first. So: size, time and inode have to rest, and the file's own end record has to be there.

/** How an archive looks from its end, without reading it all. */
export type EndRecord = { complete: true } | { complete: false; why: string };

export interface SettlingLimits {
  /** How long size and time have to rest. */
  settleMs: number;
  /** After how long at rest an incomplete file is given up. */
  stalledMs: number;
}

export type Verdict =
  | { is: 'growing' | 'resting' }
  /** Rests, but not for long: whoever can tell that it is whole may take it. */
  | { is: 'early' }
  /** Rests long enough for a look at its end. */
  | { is: 'settled' }
  | { is: 'incomplete'; why: string }
  | { is: 'given_up'; why: string };

/**
 * Writers set a file's time right after its last byte; who looks later than that sees it as it will be. Less would take
 * it from under their hands.
 */
export const EARLY_MS = 50;
/** Between two looks at a file that rests, or that nobody takes early. */
const LATER_MS = 150;

/** What is known of one file between scans. Times are in ms of one monotonic clock. */
export class Settling {
  readonly #limits: SettlingLimits;
  #identity = '';
  #restingSince = 0;
  #restedMs = 0;
  /** What kept this very file from being taken; a changed file gets a new chance. */
  #isNotWhole = false;
  #obstacle: { why: string; patienceMs: number } | undefined;

  constructor(limits: SettlingLimits) {
    this.#limits = limits;
  }

  get identity(): string {
    return this.#identity;
  }

  /** When another look is worth it, milliseconds. */
  get lookAgainMs(): number {
    return this.#restedMs < EARLY_MS ? EARLY_MS : LATER_MS;
  }

  /** Takes in what a scan saw at `nowMs`. */
  observe(identity: string, nowMs: number): Verdict {
    if (identity !== this.#identity) {
      this.#identity = identity;
      this.#restingSince = nowMs;
      this.#obstacle = undefined;
      this.#restedMs = 0;
      this.#isNotWhole = false;
      return { is: 'growing' };
    }
    const restedMs = nowMs - this.#restingSince;
    this.#restedMs = restedMs;
    if (this.#obstacle) {
      const { why, patienceMs } = this.#obstacle;
      return restedMs >= patienceMs ? { is: 'given_up', why } : { is: 'incomplete', why };
    }
    if (restedMs >= this.#limits.settleMs) return { is: 'settled' };
    return { is: restedMs >= EARLY_MS && !this.#isNotWhole ? 'early' : 'resting' };
  }

  /** It was looked at early and is not whole, at least not yet: no second look before it is settled. */
  markNotWhole(): void {
    this.#isNotWhole = true;
  }

  /** The file has no end record yet: somebody may still be writing it. */
  markIncomplete(why: string): void {
    this.#obstacle = { why, patienceMs: this.#limits.stalledMs };
  }

  /**
   * The file has its end but its inside is damaged. Writers that go out of order look so for a moment; a dozen settle
   * times at rest rule that out.
   */
  markDamaged(why: string): void {
    this.#obstacle = { why, patienceMs: Math.min(this.#limits.stalledMs, 12 * this.#limits.settleMs) };
  }
}
