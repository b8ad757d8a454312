import { setImmediate } from 'node:timers/promises';

/** Rings once for any number of calls; a ring during a round makes one more round. */
export class Alarm {
  #rung = false;
  #hushed = false;
  #wake: (() => void) | undefined;

  ring(): void {
    if (this.#hushed) return;
    this.#rung = true;
    this.#wake?.();
  }

  reset(): void {
    this.#rung = false;
  }

  /** Takes steps of which the next round knows without a ring. */
  hush<T>(steps: () => T): T {
    this.#hushed = true;
    try {
      return steps();
    } finally {
      this.#hushed = false;
    }
  }

  async wait(atMostMs: number): Promise<void> {
    if (!this.#rung) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, atMostMs);
      this.#wake = resolve;
      await promise;
      clearTimeout(timer);
      this.#wake = undefined;
    }
    // A record and the end of the work that made it belong together: they make one round, not two.
    await setImmediate();
  }
}
