// The waiting jobs of someone who walks through time: jobs join, and leave when they have started.
import type { QueuedJob } from './snapshot.ts';
import { byAge, byOwnOrder, type Lane } from './turns.ts';

interface Queue extends Lane {
  /** How many at its front have left. */
  first: number;
  /** Its jobs have to be sorted before they are looked at. */
  unsorted: boolean;
}

/** Where the gone front of a queue is cut off. */
const CUT = 1024;

export class WaitingLine {
  readonly #queues = new Map<string, Queue>();
  readonly #isWaiting: (job: QueuedJob) => boolean;
  #withoutGpus = 0;
  #withoutCpus = 0;

  /** @param isWaiting false once a job has started */
  constructor(isWaiting: (job: QueuedJob) => boolean) {
    this.#isWaiting = isWaiting;
  }

  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  /** What every one of them needs. */
  get needs(): { gpus: boolean; cpus: boolean } {
    return { gpus: this.#withoutGpus === 0, cpus: this.#withoutCpus === 0 };
  }

  join(job: QueuedJob): void {
    this.#count(job, 1);
    const key = keyOf(job);
    let queue = this.#queues.get(key);
    if (!queue) {
      const jobs: QueuedJob[] = [];
      queue = { user: job.user, priority: job.priority ?? 0, jobs, places: jobs, next: 0, first: 0, unsorted: false };
      this.#queues.set(key, queue);
    }
    const last = queue.jobs.at(-1);
    if (job.nice || job.ownRank !== undefined || (last && byAge(last, job) > 0)) queue.unsorted = true;
    queue.jobs.push(job);
    if (queue.places !== queue.jobs) queue.places.push(job);
  }

  /** All lanes, each from its front, for one pass. */
  *lanes(): Generator<Lane> {
    for (const queue of this.#queues.values()) {
      if (queue.unsorted || queue.places !== queue.jobs) sort(queue);
      queue.next = queue.first;
      yield queue;
    }
  }

  /** After a pass: these have started. */
  leave(started: readonly QueuedJob[]): void {
    const counts = new Map<string, number>();
    for (const job of started) {
      this.#count(job, -1);
      const key = keyOf(job);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const [key, count] of counts) {
      const queue = this.#queues.get(key);
      if (!queue) continue;
      this.#drop(queue, count);
      if (queue.first >= queue.jobs.length) this.#queues.delete(key);
    }
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

const keyOf = ({ user, priority = 0 }: QueuedJob): string => (priority === 0 ? user : `${priority} ${user}`);

function sort(queue: Queue): void {
  const waiting = queue.jobs.slice(queue.first);
  queue.first = 0;
  queue.places = waiting.toSorted(byAge);
  queue.jobs = waiting.sort(byOwnOrder);
  queue.unsorted = false;
}
