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
  #down: EngineDown | undefined;
  #windows: readonly Outage[];

  /**
   * @param answeredAt when the engine last answered in an earlier life of this server
   * @param windows what that life knew of: it may have died before it judged the ends in them
   */
  constructor(clock: Clock, answeredAt?: number, windows: readonly Outage[] = []) {
    this.#clock = clock;
    this.#answeredAt = answeredAt ?? clock.now();
    this.#windows = windows;
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
   * The engine answered. If it was (re)started after it last answered, and does not keep containers alive over that,
   * the time between is a window of doubt.
   * @returns true if it was down before
   */
  markAnswered(engine: { engineStartedAt?: number; liveRestore: boolean }): boolean {
    const now = this.#clock.now();
    const back = this.#down !== undefined;
    const restarted = engine.engineStartedAt === undefined ? back : engine.engineStartedAt > this.#answeredAt;
    // live-restore keeps containers over the engine's end, so their ends are their own.
    if (restarted && !engine.liveRestore) {
      const window = { from: this.#answeredAt - MARGIN_MS, to: engine.engineStartedAt ?? now };
      this.#windows = [...this.#windows.filter(({ to }) => to > now - KEEP_MS), window];
    }
    this.#answeredAt = now;
    this.#down = undefined;
    return back;
  }
}
