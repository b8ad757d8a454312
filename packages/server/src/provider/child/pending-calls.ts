// File calls on the share that have not come back. A dead network mount answers none of them; the event loop lives on,
// so only the age of the oldest call tells that the share hangs.

class PendingCalls {
  readonly #startedAt = new Map<symbol, number>();

  async track<T>(call: Promise<T>): Promise<T> {
    const key = Symbol('call');
    this.#startedAt.set(key, performance.now());
    try {
      return await call;
    } finally {
      this.#startedAt.delete(key);
    }
  }

  /** Age in ms of the oldest call that is under way; 0 if there is none. */
  oldestMs(): number {
    const [first] = this.#startedAt.values();
    return first === undefined ? 0 : performance.now() - first;
  }
}

export const pendingCalls: PendingCalls = new PendingCalls();
