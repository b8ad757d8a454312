// Predicted starts, made in a thread of their own: walking thousands of jobs into the future takes longer than a round may.
import { Worker } from 'node:worker_threads';
import type { Policy, Prediction, Snapshot } from '@dopq/scheduler';
import type { Logger } from '../log.ts';

/** What a prediction is made from. */
export interface Outlook {
  snapshot: Snapshot;
  policy: Policy;
  now: number;
}

export type Predictions = ReadonlyMap<number, Prediction>;

export class Forecaster implements AsyncDisposable {
  readonly #log: Logger;
  readonly #onNews: (predictions: Predictions) => void;
  #thread: Worker | undefined;
  #isBusy = false;
  /** Asked for while the thread was busy; only the newest counts. */
  #next: Outlook | undefined;
  #latest: Predictions = new Map();

  constructor(log: Logger, onNews: (predictions: Predictions) => void) {
    this.#log = log;
    this.#onNews = onNews;
  }

  /** The newest answer: when each job that waited then will start. */
  get latest(): Predictions {
    return this.#latest;
  }

  /** Has new predictions made, unless nobody waits. */
  look(outlook: Outlook): void {
    if (outlook.snapshot.queued.length === 0) this.#latest = new Map();
    else if (this.#isBusy) this.#next = outlook;
    else this.#ask(outlook);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#next = undefined;
    await this.#thread?.terminate();
  }

  #ask(outlook: Outlook): void {
    this.#isBusy = true;
    this.#thread ??= this.#startThread();
    // A thread's port knows no origins.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#thread.postMessage(outlook);
  }

  #startThread(): Worker {
    const thread = new Worker(new URL('./forecast-thread.ts', import.meta.url));
    thread.unref();
    thread.on('message', (predictions: Predictions) => {
      this.#latest = predictions;
      this.#goOn();
      this.#onNews(predictions);
    });
    // Nothing but the predictions depends on it: the next look starts another one.
    thread.on('error', (error) => {
      this.#log.error({ err: error }, 'the predictions of starts failed');
      this.#thread = undefined;
      this.#latest = new Map();
      this.#goOn();
    });
    return thread;
  }

  #goOn(): void {
    this.#isBusy = false;
    const next = this.#next;
    this.#next = undefined;
    if (next) this.#ask(next);
  }
}
