// A user reorders own jobs: they swap places among themselves. The places are written down, so that they stay swapped when
// the first of them has started, and nobody else's job moves, neither now nor later.
import type { QueuedJob } from './snapshot.ts';
import { lanesOf } from './turns.ts';

/**
 * The places of a user's waiting jobs in the order of their `nice` and `ownRank`: the value for `placeAt` of each job.
 * Jobs of different priority classes do not swap.
 */
export function placesOf(jobsOfUser: readonly QueuedJob[]): Map<number, number> {
  const places = new Map<number, number>();
  for (const { jobs, places: byAge } of lanesOf(jobsOfUser)) {
    jobs.forEach((job, at) => {
      const place = byAge[at] ?? job;
      places.set(job.id, place.placeAt ?? place.queuedAt);
    });
  }
  return places;
}
