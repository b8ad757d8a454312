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

/** Where a lane stands in the order. */
export interface Entry {
  lane: Lane;
  /** As it was when the entry took its place in the heap. */
  penalty: number;
  /** Of its next job. */
  place: QueuedJob;
}

/** Oldest first. */
export const byAge = (a: QueuedJob, b: QueuedJob): number =>
  (a.placeAt ?? a.queuedAt) - (b.placeAt ?? b.queuedAt) || a.id - b.id;

const LAST = Number.MAX_SAFE_INTEGER;
/** As their user wants them. */
export const byOwnOrder = (a: QueuedJob, b: QueuedJob): number =>
  (a.nice ?? 0) - (b.nice ?? 0) || (a.ownRank ?? LAST) - (b.ownRank ?? LAST) || byAge(a, b);

/** The order of lanes: class, penalty, age. */
export function goesFirst(a: Entry, b: Entry): boolean {
  if (a.lane.priority !== b.lane.priority) return a.lane.priority > b.lane.priority;
  if (a.penalty !== b.penalty) return a.penalty < b.penalty;
  return byAge(a.place, b.place) < 0;
}

/** Lanes whose turn has not come yet, in an order that is kept from pass to pass. */
export interface Later {
  /** The first of them, with a penalty that it has at least. */
  peek(): Entry | undefined;
  /** Takes it out. */
  take(): Lane;
}

/** Penalties by user during one pass; absent = 0. A `Map` is one. */
export interface Penalties {
  get(user: string): number | undefined;
}

/** The waiting jobs, one after the other, in scheduling order. A penalty may rise meanwhile, never fall. */
export class Turns {
  readonly #penalties: Penalties;
  readonly #entries = new Heap<Entry>(goesFirst);
  readonly #later: Later | undefined;

  /**
   * @param lanes are walked through: `next` of each moves on
   * @param later those that join when their turn comes
   */
  constructor(lanes: Iterable<Lane>, penalties: Penalties, later?: Later) {
    this.#penalties = penalties;
    this.#later = later;
    for (const lane of lanes) this.#enter(lane);
  }

  /** Takes the next job; undefined when there is none left. */
  next(): QueuedJob | undefined {
    for (let entry = this.#first(); entry; entry = this.#first()) {
      const { lane } = entry;
      const penalty = this.#penaltyOf(lane);
      if (penalty > entry.penalty) {
        entry.penalty = penalty;
        this.#entries.settle();
        continue;
      }
      const job = lane.jobs[lane.next];
      lane.next += 1;
      const place = lane.places[lane.next];
      if (place) {
        entry.place = place;
        this.#entries.settle();
      } else this.#entries.pop();
      return job;
    }
    return undefined;
  }

  #first(): Entry | undefined {
    const later = this.#later;
    if (!later) return this.#entries.peek();
    for (;;) {
      const [first, candidate] = [this.#entries.peek(), later.peek()];
      if (!candidate || (first && !goesFirst(candidate, first))) return first;
      this.#enter(later.take());
    }
  }

  #enter(lane: Lane): void {
    const place = lane.places[lane.next];
    if (place) this.#entries.push({ lane, penalty: this.#penaltyOf(lane), place });
  }

  #penaltyOf({ user }: Lane): number {
    return this.#penalties.get(user) ?? 0;
  }
}

/** Sorts the waiting jobs into lanes. */
export function lanesOf(queued: readonly QueuedJob[]): Lane[] {
  const classes = new Map<number, Map<string, Lane>>();
  const usual = new Map<string, Lane>();
  classes.set(0, usual);
  const lanes: Lane[] = [];
  for (const job of queued) {
    const { user, priority = 0 } = job;
    let ofClass = priority === 0 ? usual : classes.get(priority);
    if (!ofClass) classes.set(priority, (ofClass = new Map<string, Lane>()));
    let lane = ofClass.get(user);
    if (!lane) {
      const jobs: QueuedJob[] = [];
      lane = { user, priority, jobs, places: jobs, next: 0 };
      ofClass.set(user, lane);
      lanes.push(lane);
    }
    lane.jobs.push(job);
  }
  for (const lane of lanes) {
    // They mostly come in that order.
    if (!isSorted(lane.jobs)) lane.jobs.sort(byAge);
    if (lane.jobs.some(({ nice, ownRank }) => nice || ownRank !== undefined))
      lane.jobs = lane.jobs.toSorted(byOwnOrder);
  }
  return lanes;
}

function isSorted(jobs: readonly QueuedJob[]): boolean {
  for (let at = 1; at < jobs.length; at += 1) {
    if (byAge(jobs[at - 1] as QueuedJob, jobs[at] as QueuedJob) > 0) return false;
  }
  return true;
}
