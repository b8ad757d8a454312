// When the engine did not answer. A pause of the queue with a reason, and the windows in which a container's end says
// nothing about the job that ran in it.
import type { Outage } from '@dopq/scheduler';
import type { Clock } from '../clock.ts';

/** Windows are kept this long: containers that ended inside one are found at the first list after it. */
const KEEP_MS = 24 * 3600 * 1000;
/** The last answer was sent a moment before it was noted. What ends after the engine is back is the job's own doing. */
const MARGIN_MS = 2000;

export interface EngineDown {
  since: number;
  message: string;
}

export class Outages {
  readonly #clock: Clock;
  #answeredAt: number;
  /** As the engine told it: the same value as long as it is the same life of the engine, however the clock is set. */
  #engineStartedAt: number | undefined;
  #down: EngineDown | undefined;
  #windows: readonly Outage[];

  /** @param before what an earlier life of this server knew: it may have died before it judged the ends in its windows */
  constructor(
    clock: Clock,
    before: { answeredAt?: number; engineStartedAt?: number; windows?: readonly Outage[] } = {},
  ) {
    this.#clock = clock;
    this.#answeredAt = before.answeredAt ?? clock.now();
    this.#engineStartedAt = before.engineStartedAt;
    this.#windows = before.windows ?? [];
  }

  get down(): EngineDown | undefined {
    return this.#down;
  }

  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** Another list whenever there is another window. */
  windows(): readonly Outage[] {
    return this.#windows;
  }

  /** True if the engine was restarted after `at`: what was begun then may have been cut off in its middle. */
  wasRestartedSince(at: number): boolean {
    return this.#windows.some((window) => window.to >= at);
  }

  /** @returns true if this is the first failure in a row */
  markFailed(message: string): boolean {
    const first = this.#down === undefined;
    this.#down = { since: this.#down?.since ?? this.#clock.now(), message };
    return first;
  }

  /**
   * The engine answered. If it was (re)started since it last answered, and does not keep containers alive over that,
   * the time between is a window of doubt.
   * @returns true if it was down before
   */
  markAnswered(engine: { engineStartedAt?: number; liveRestore: boolean }): boolean {
    const now = this.#clock.now();
    const back = this.#down !== undefined;
    // live-restore keeps containers over the engine's end, so their ends are their own.
    if (this.#isRestarted(engine.engineStartedAt) && !engine.liveRestore) {
      const to = engine.engineStartedAt ?? now;
      const window = { from: Math.min(this.#answeredAt, to) - MARGIN_MS, to };
      this.#windows = [...this.#windows.filter(({ to }) => to > now - KEEP_MS), window];
    }
    this.#answeredAt = now;
    this.#engineStartedAt = engine.engineStartedAt;
    this.#down = undefined;
    return back;
  }

  #isRestarted(engineStartedAt: number | undefined): boolean {
    if (engineStartedAt === undefined) return this.#down !== undefined;
    if (this.#engineStartedAt !== undefined) return engineStartedAt !== this.#engineStartedAt;
    return engineStartedAt > this.#answeredAt;
  }
}
