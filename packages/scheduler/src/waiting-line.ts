// The waiting jobs of someone who walks through time: jobs join, and leave when they have started. The order of the lanes is kept
// from pass to pass: a submission or an end moves the lanes of one user, O(log lanes), and a pass costs what it looks at.
import { Heap } from './heap.ts';
import type { PenaltyBook, Standings } from './penalty-book.ts';
import type { QueuedJob } from './snapshot.ts';
import { byAge, byOwnOrder, type Entry, goesFirst, type Lane, Turns } from './turns.ts';

interface Queue extends Lane {
  /** How many at its front have left. */
  first: number;
  /** Where it stands; absent while a pass looks at it. Entries of its that are others count no more. */
  entry: Entry | undefined;
}

/** Where the gone front of a queue is cut off. */
const CUT = 1024;
/** So many entries that count no more are left lying about before all are cleared away. */
const STALE = 64;
/** A standing that is worked out at two moments differs in its last digits: what a lane has at least is a little less. */
const AT_LEAST = 1 - 1e-9;

export class WaitingLine {
  readonly #queues = new Map<string, Queue>();
  readonly #ofUser = new Map<string, Queue[]>();
  readonly #isWaiting: (job: QueuedJob) => boolean;
  readonly #book: Pick<PenaltyBook, 'standings' | 'rescale'>;
  /** By what each has at least, since standings rise by themselves and fall only in `reconsider`. */
  #order = new Heap<Entry>(goesFirst);
  #stale = 0;
  /** By the pass under way. */
  #looked: { standings: Standings; queues: Queue[] } | undefined;
  #withoutGpus = 0;
  #withoutCpus = 0;

  /** @param isWaiting false once a job has started */
  constructor(isWaiting: (job: QueuedJob) => boolean, book: Pick<PenaltyBook, 'standings' | 'rescale'>) {
    this.#isWaiting = isWaiting;
    this.#book = book;
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  /** What every one of them needs. */
  get needs(): { gpus: boolean; cpus: boolean } {
    return { gpus: this.#withoutGpus === 0, cpus: this.#withoutCpus === 0 };
  }

  join(job: QueuedJob, now: number): void {
    this.#count(job, 1);
    const queue = this.#queues.get(keyOf(job)) ?? this.#open(job);
    const last = queue.jobs.at(-1);
    const isOwnOrder = queue.places !== queue.jobs || job.nice || job.ownRank !== undefined;
    queue.jobs.push(job);
    if (queue.places !== queue.jobs) queue.places.push(job);
    if (isOwnOrder || (last && byAge(last, job) > 0)) sort(queue);
    if (queue.entry?.place !== queue.places[queue.first]) this.#place(queue, this.#book.standings(now));
  }

  /** The standing of this user may have fallen. */
  reconsider(user: string, now: number): void {
    const queues = this.#ofUser.get(user);
    if (!queues) return;
    const standings = this.#book.standings(now);
    for (const queue of queues) this.#place(queue, standings);
  }

  /** One pass begins: the jobs in the order in which their turns come, by these standings. It is over with `leave`. */
  turns(now: number): { turns: Turns; standings: Standings } {
    const isRescaled = this.#book.rescale(now);
    const standings = this.#book.standings(now);
    if (isRescaled) for (const queue of this.#queues.values()) this.#place(queue, standings);
    this.#looked = { standings, queues: [] };
    return { turns: new Turns([], standings, { peek: () => this.#peek(), take: () => this.#take() }), standings };
  }

  /** These have started, or go without. */
  leave(gone: readonly QueuedJob[]): void {
    const counts = new Map<string, number>();
    for (const job of gone) {
      this.#count(job, -1);
      const key = keyOf(job);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const [key, count] of counts) {
      const queue = this.#queues.get(key);
      if (queue) this.#drop(queue, count);
      if (queue && queue.first >= queue.jobs.length) this.#close(key, queue);
    }
    const looked = this.#looked;
    this.#looked = undefined;
    for (const queue of looked?.queues ?? []) {
      if (queue.first < queue.jobs.length) this.#place(queue, looked?.standings as Standings);
    }
  }

  #open({ user, priority = 0 }: QueuedJob): Queue {
    const jobs: QueuedJob[] = [];
    const queue: Queue = { user, priority, jobs, places: jobs, next: 0, first: 0, entry: undefined };
    this.#queues.set(keyOf({ user, priority }), queue);
    const others = this.#ofUser.get(user);
    if (others) others.push(queue);
    else this.#ofUser.set(user, [queue]);
    return queue;
  }

  #close(key: string, queue: Queue): void {
    this.#queues.delete(key);
    const others = this.#ofUser.get(queue.user)?.filter((other) => other !== queue) ?? [];
    if (others.length > 0) this.#ofUser.set(queue.user, others);
    else this.#ofUser.delete(queue.user);
    this.#displace(queue);
  }

  /** Its entry counts no more. */
  #displace(queue: Queue): void {
    if (!queue.entry) return;
    queue.entry = undefined;
    this.#stale += 1;
    if (this.#stale > STALE + this.#queues.size) this.#clear();
  }

  #place(queue: Queue, standings: Standings): void {
    this.#displace(queue);
    const place = queue.places[queue.first] as QueuedJob;
    queue.entry = { lane: queue, penalty: standings.get(queue.user) * AT_LEAST, place };
    this.#order.push(queue.entry);
  }

  #clear(): void {
    this.#order = new Heap<Entry>(goesFirst);
    this.#stale = 0;
    for (const { entry } of this.#queues.values()) if (entry) this.#order.push(entry);
  }

  #peek(): Entry | undefined {
    for (let entry = this.#order.peek(); entry; entry = this.#order.peek()) {
      if ((entry.lane as Queue).entry === entry) return entry;
      this.#order.pop();
      this.#stale -= 1;
    }
    return undefined;
  }

  #take(): Lane {
    const queue = this.#order.pop()?.lane as Queue;
    queue.entry = undefined;
    queue.next = queue.first;
    this.#looked?.queues.push(queue);
    return queue;
  }

  #drop(queue: Queue, count: number): void {
    if (queue.jobs === queue.places) {
      let gone = 0;
      for (; gone < count; gone += 1) {
        const job = queue.jobs[queue.first];
        if (!job || this.#isWaiting(job)) break;
        queue.first += 1;
      }
      if (gone === count && (queue.first <= CUT || queue.first <= queue.jobs.length / 2)) return;
    }
    const shared = queue.jobs === queue.places;
    queue.jobs = queue.jobs.slice(queue.first).filter(this.#isWaiting);
    queue.places = shared ? queue.jobs : queue.places.filter(this.#isWaiting);
    queue.first = 0;
  }

  #count(job: QueuedJob, sign: 1 | -1): void {
    if (job.numGpus === 0) this.#withoutGpus += sign;
    if (job.cpus === 0) this.#withoutCpus += sign;
  }
}

const keyOf = ({ user, priority = 0 }: Pick<QueuedJob, 'user' | 'priority'>): string =>
  priority === 0 ? user : `${priority} ${user}`;

function sort(queue: Queue): void {
  const waiting = queue.jobs.slice(queue.first);
  queue.first = 0;
  queue.places = waiting.toSorted(byAge);
  queue.jobs = waiting.sort(byOwnOrder);
}
