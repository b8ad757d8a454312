// The view costs a whole plan. Many onlookers must not make the loop wait for it, so it is made again only when something
// may have changed. That of a long queue comes out of the rounds: those who ask wait for no plan, and it is as new as the
// newest round; while none decides anything (the queue is locked) it is made for them, not more than once in five seconds.
import type { QueueView } from './view.ts';

/** Penalties and waits move with time. */
const FRESH_MS = 1000;
const FRESH_OF_LONG_MS = 5000;
/** So many waiting jobs are planned in a few milliseconds. */
const SHORT_QUEUE = 500;

export class ViewCache {
  readonly #make: () => QueueView;
  #view: QueueView | undefined;
  #madeAt = 0;
  #hasChanged = false;

  constructor(make: () => QueueView) {
    this.#make = make;
  }

  /** Something may have changed. */
  mark(): void {
    this.#hasChanged = true;
  }

  /** Changes a part of it that costs little. */
  amend(change: (view: QueueView) => QueueView): void {
    if (this.#view) this.#view = change(this.#view);
  }

  /** A round has decided on a queue of that length; its view costs little now. */
  offer(length: number, make: () => QueueView): void {
    if (length <= SHORT_QUEUE) return;
    this.#view = make();
    this.#madeAt = performance.now();
    this.#hasChanged = false;
  }

  get(): QueueView {
    const isLong = (this.#view?.order.length ?? 0) > SHORT_QUEUE;
    const isFresh = performance.now() - this.#madeAt < (isLong ? FRESH_OF_LONG_MS : FRESH_MS);
    if (this.#view && (isLong ? isFresh || !this.#hasChanged : isFresh && !this.#hasChanged)) return this.#view;
    this.#hasChanged = false;
    this.#view = this.#make();
    this.#madeAt = performance.now();
    return this.#view;
  }
}
