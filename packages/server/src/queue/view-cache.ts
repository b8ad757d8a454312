// The view costs a whole plan. Thousands of jobs and many onlookers must not make the loop wait for it, so it is made again
// only when something may have changed, and a dear one not more than once a second.
import type { QueueView } from './view.ts';

/** Penalties and waits move with time. */
const FRESH_MS = 1000;
/** What takes less is made again with every change. */
const CHEAP_MS = 10;

export class ViewCache {
  readonly #make: () => QueueView;
  #view: QueueView | undefined;
  #madeAt = 0;
  #tookMs = 0;
  #changed = false;

  constructor(make: () => QueueView) {
    this.#make = make;
  }

  /** Something may have changed. */
  mark(): void {
    this.#changed = true;
  }

  get(): QueueView {
    const now = performance.now();
    const isOld = now - this.#madeAt >= FRESH_MS;
    if (this.#view && !isOld && (!this.#changed || this.#tookMs > CHEAP_MS)) return this.#view;
    this.#changed = false;
    this.#view = this.#make();
    this.#madeAt = performance.now();
    this.#tookMs = this.#madeAt - now;
    return this.#view;
  }
}
