import type { Logger } from '../log.ts';

/**
 * Work that a round sets going and does not wait for: starts, stops, log copies, removals. At most one of a key at a time.
 * What fails is not remembered: the next round compares the table with the engine and sets the same work going again.
 */
export class Tasks {
  readonly #log: Logger;
  readonly #onNews: () => void;
  readonly #running = new Map<string, Promise<void>>();
  readonly #abort = new AbortController();

  /** @param onNews called after work that succeeded: something may have changed */
  constructor(log: Logger, onNews: () => void) {
    this.#log = log;
    this.#onNews = onNews;
  }

  has(key: string): boolean {
    return this.#running.has(key);
  }

  /**
   * Starts `work` unless work of that key is under way.
   * @param isNews whether anything else can be done once it is done; default yes
   */
  run(key: string, work: (signal: AbortSignal) => Promise<void>, { isNews = true } = {}): void {
    if (this.#running.has(key) || this.#abort.signal.aborted) return;
    this.#running.set(key, this.#perform(key, work, isNews));
  }

  /** Work that is not done yet has seen something change. */
  tell(): void {
    this.#onNews();
  }

  /** Waits for starts and removals under way, and ends the copying of logs. */
  async stop(graceMs: number): Promise<void> {
    const finishing = [...this.#running].filter(([key]) => !key.startsWith('log ')).map(([, work]) => work);
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, graceMs);
    await Promise.race([Promise.all(finishing), grace.promise]);
    clearTimeout(timer);
    this.#abort.abort();
    await Promise.race([Promise.all(this.#running.values()), grace.promise]);
  }

  async #perform(key: string, work: (signal: AbortSignal) => Promise<void>, isNews: boolean): Promise<void> {
    try {
      await work(this.#abort.signal);
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#log.warn({ err: error, task: key }, `${key} failed; it is tried again`);
      return;
    } finally {
      this.#running.delete(key);
    }
    if (isNews) this.#onNews();
  }
}
