// A job whose image could not be made because of something outside of it (a registry, a full disk) is held. What was down
// may be back: such a job is tried again by itself, without a person who releases it.
import type { Clock } from '../clock.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { Store } from '../store/store.ts';

/** How long such a job is left alone, in ms. */
export const TRY_HELD_AGAIN_MS = 15 * 60_000;

export class HeldAgain {
  readonly #store: Store;
  readonly #clock: Clock;
  /** Job -> when it was first seen held. A restart of the server begins anew, which costs one more wait and no record. */
  #since = new Map<number, number>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Puts jobs that have waited long enough back to `building`; returns their numbers. To be called every minute or so. */
  due(): number[] {
    const now = this.#clock.now();
    const since = new Map<number, number>();
    const again: number[] = [];
    for (const job of this.#store.jobs.inStates('held').filter(isWithoutImage)) {
      const heldSince = this.#since.get(job.id) ?? now;
      if (now - heldSince < TRY_HELD_AGAIN_MS) since.set(job.id, heldSince);
      else if (this.#startOver(job)) again.push(job.id);
    }
    this.#since = since;
    return again;
  }

  #startOver({ id }: JobRecord): boolean {
    const event = { actor: 'provider', kind: 'building', message: 'the build is tried again' };
    return this.#store.jobs.change(id, ['held'], { state: 'building', reason: event.message }, event) !== undefined;
  }
}

/** Whoever holds a job that has its image has other reasons. */
function isWithoutImage({ imageId }: JobRecord): boolean {
  return imageId === null;
}
