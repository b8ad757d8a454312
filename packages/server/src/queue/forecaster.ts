// Predicted starts, made in a thread of their own: walking thousands of jobs into the future takes longer than a round may.
import { Worker } from 'node:worker_threads';
import { type Calibration, calibrated, type Policy, type Prediction, type Snapshot } from '@dopq/scheduler';
import type { Logger } from '../log.ts';
import type { Forecast } from '../store/promises.ts';

/** What a prediction is made from. */
export interface Outlook {
  snapshot: Snapshot;
  policy: Policy;
  now: number;
}

/** A tenth of one processor at most. */
const RESTS_PER_WORK = 9;
/** A short queue is foreseen in milliseconds; nobody reads the answer more often than this. */
const LEAST_REST_MS = 1000;
/** What a walk throws away goes early: otherwise the thread grows to several times of what it needs. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };

export type Predictions = ReadonlyMap<number, Prediction>;

export class Forecaster implements AsyncDisposable {
  readonly #log: Logger;
  readonly #onNews: (forecast: Forecast) => void;
  readonly #calibration: () => Calibration;
  /** The moment that the question under way is about. */
  #about = 0;
  #thread: Worker | undefined;
  #isBusy = false;
  #askedAt = 0;
  #rest: NodeJS.Timeout | undefined;
  /** Asked for while the thread was busy or rests; only the newest counts. */
  #next: Outlook | undefined;
  #latest: Predictions = new Map();

  /** @param calibration what the promises of the past say of the next ones */
  constructor(log: Logger, calibration: () => Calibration, onNews: (forecast: Forecast) => void) {
    this.#log = log;
    this.#calibration = calibration;
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
    clearTimeout(this.#rest);
    await this.#thread?.terminate();
  }

  #ask(outlook: Outlook): void {
    this.#isBusy = true;
    this.#askedAt = performance.now();
    this.#about = outlook.now;
    this.#thread ??= this.#startThread();
    // A thread's port knows no origins.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#thread.postMessage(outlook);
  }

  #startThread(): Worker {
    const thread = new Worker(new URL('./forecast-thread.ts', import.meta.url), { resourceLimits: LIMITS });
    thread.unref();
    thread.on('message', (foreseen: Predictions) => {
      const at = this.#about;
      const told = calibrated(foreseen, at, this.#calibration());
      this.#latest = told;
      this.#restAWhile();
      this.#onNews({ at, foreseen, told });
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

  /** With thousands of jobs an answer takes seconds of a processor that is there for jobs: it is asked for less often then. */
  #restAWhile(): void {
    const restMs = Math.max(LEAST_REST_MS, (performance.now() - this.#askedAt) * RESTS_PER_WORK);
    this.#rest = setTimeout(() => this.#goOn(), restMs).unref();
  }

  #goOn(): void {
    this.#isBusy = false;
    const next = this.#next;
    this.#next = undefined;
    if (next) this.#ask(next);
  }
}
