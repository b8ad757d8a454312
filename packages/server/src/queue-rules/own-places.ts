import { placesOf } from '@dopq/scheduler';
import { queuedJob } from './queued-job.ts';
import type { Store } from '../store/store.ts';

/**
 * Writes down who of a user's waiting jobs has which of the user's places, after anything about their own order or number
 * has changed: so the places stay swapped when the first of them has started. Nobody else's job moves.
 */
export function writePlaces(store: Store, user: string): void {
  store.transaction(() => {
    // Where nobody ever changed the order, ages alone say it; ten thousand jobs that arrive at once are not read each time.
    if (!store.waitingLine.hasOwnOrder(user)) return;
    const waiting = store.jobs.inStates('queued').filter((job) => job.user === user);
    const places = placesOf(waiting.map((job) => queuedJob(job)));
    for (const job of waiting) {
      const placeAt = places.get(job.id);
      if (placeAt !== undefined && placeAt !== (job.placeAt ?? job.queuedAt)) {
        store.jobs.change(job.id, ['queued'], { placeAt });
      }
    }
  });
}
