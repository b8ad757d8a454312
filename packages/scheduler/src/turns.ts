// Whose turn is it: priority class, then the user's penalty, then age. A user's jobs of one class form a lane; the lane's
// places in the queue are the ages of its jobs in ascending order, and the user's own order only decides which of the
// user's jobs takes which of these places. So nobody gains or loses a place by someone else's reordering.
import { Heap } from './heap.ts';
import type { QueuedJob } from './snapshot.ts';

/** The waiting jobs of one user and class. */
export interface Lane {
  user: string;
  priority: number;
  /** In the user's own order. */
  jobs: QueuedJob[];
  /** By age. */
  places: QueuedJob[];
  /** The next one to look at. */
  next: number;
}

interface Entry {
  lane: Lane;
  /** As it was when the entry took its place in the heap. */
  penalty: number;
}

/** Oldest first. */
export const byAge = (a: QueuedJob, b: QueuedJob): number =>
  (a.placeAt ?? a.queuedAt) - (b.placeAt ?? b.queuedAt) || a.id - b.id;

const LAST = Number.MAX_SAFE_INTEGER;
/** As their user wants them. */
export const byOwnOrder = (a: QueuedJob, b: QueuedJob): number =>
  (a.nice ?? 0) - (b.nice ?? 0) || (a.ownRank ?? LAST) - (b.ownRank ?? LAST) || byAge(a, b);

function goesFirst({ lane: a, penalty: penaltyOfA }: Entry, { lane: b, penalty: penaltyOfB }: Entry): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (penaltyOfA !== penaltyOfB) return penaltyOfA < penaltyOfB;
  return byAge(a.places[a.next] as QueuedJob, b.places[b.next] as QueuedJob) < 0;
}

/** Penalties by user during one pass; absent = 0. A `Map` is one. */
export interface Penalties {
  get(user: string): number | undefined;
  set(user: string, penalty: number): unknown;
}

/** The waiting jobs, one after the other, in scheduling order. */
export class Turns {
  readonly #penalties: Penalties;
  readonly #entries = new Heap<Entry>(goesFirst);

  /**
   * @param lanes are walked through: `next` of each moves on
   * @param penalties by user; absent = 0. The map is kept and grows with `charge`.
   */
  constructor(lanes: Iterable<Lane>, penalties: Penalties) {
    this.#penalties = penalties;
    for (const lane of lanes) {
      if (lane.next < lane.jobs.length) this.#entries.push({ lane, penalty: penalties.get(lane.user) ?? 0 });
    }
  }

  /** Takes the next job; undefined when there is none left. */
  next(): QueuedJob | undefined {
    for (let entry = this.#entries.peek(); entry; entry = this.#entries.peek()) {
      const { lane } = entry;
      const penalty = this.#penalties.get(lane.user) ?? 0;
      if (penalty > entry.penalty) {
        entry.penalty = penalty;
        this.#entries.settle();
        continue;
      }
      const job = lane.jobs[lane.next];
      lane.next += 1;
      if (lane.next < lane.jobs.length) this.#entries.settle();
      else this.#entries.pop();
      return job;
    }
    return undefined;
  }

  /** A job of this user has started: what is left of the user's jobs goes further back. */
  charge(user: string, penalty: number): void {
    this.#penalties.set(user, (this.#penalties.get(user) ?? 0) + penalty);
  }
}

/** Sorts the waiting jobs into lanes. */
export function lanesOf(queued: readonly QueuedJob[]): Lane[] {
  const classes = new Map<number, Map<string, Lane>>();
  const lanes: Lane[] = [];
  for (const job of queued) {
    const { user, priority = 0 } = job;
    let ofClass = classes.get(priority);
    if (!ofClass) classes.set(priority, (ofClass = new Map<string, Lane>()));
    let lane = ofClass.get(user);
    if (!lane) {
      lane = { user, priority, jobs: [], places: [], next: 0 };
      ofClass.set(user, lane);
      lanes.push(lane);
    }
    lane.jobs.push(job);
  }
  for (const lane of lanes) {
    lane.jobs.sort(byAge);
    lane.places = lane.jobs;
    if (lane.jobs.some(({ nice, ownRank }) => nice || ownRank !== undefined))
      lane.jobs = lane.jobs.toSorted(byOwnOrder);
  }
  return lanes;
}
