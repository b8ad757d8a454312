// Time that passes without waiting for it: ends, submissions and starts, one after the other, decided by the same pass as in
// earnest. At the same moment ends come first, then submissions, then starts. The simulator and the forecast are walks.
import { Heap } from './heap.ts';
import type { LimitCounts } from './limits.ts';
import { runPass } from './pass.ts';
import type { PenaltyBook, StartedJob } from './penalty-book.ts';
import { startOf } from './plan.ts';
import type { Policy } from './policy.ts';
import type { Room } from './room.ts';
import { chargedRunMs, type Learned } from './run-time.ts';
import type { Site, Spot } from './site.ts';
import type { QueuedJob } from './snapshot.ts';
import { Turns } from './turns.ts';
import { WaitingLine } from './waiting-line.ts';

export interface WalkInput {
  site: Site;
  book: PenaltyBook;
  limits: LimitCounts;
  policy: Policy;
  learned: Learned;
  /** In the order in which they are submitted. */
  arrivals: Iterator<Arrival>;
  /** How long a job runs in this walk, whatever the planner believes. */
  realRunMs(job: QueuedJob): number;
  /** Every start. */
  onStart(job: QueuedJob, at: number): void;
  /** How many waiting jobs a pass looks at; default all. */
  depth?: number | undefined;
}

export interface Arrival {
  at: number;
  job: QueuedJob;
}

interface End {
  at: number;
  startedAt: number;
  job: Pick<QueuedJob, 'id' | 'user' | 'numGpus'>;
  room: Room;
}

/** Ends of one moment in the order in which the history counts them. */
const endsFirst = (a: End, b: End): boolean => (a.at - b.at || a.startedAt - b.startedAt || a.job.id - b.job.id) < 0;

export class Walk {
  readonly #input: WalkInput;
  readonly #ends = new Heap<End>(endsFirst);
  readonly #started = new Set<number>();
  readonly #line = new WaitingLine(({ id }) => !this.#started.has(id));
  #arrival: Arrival | undefined;

  constructor(input: WalkInput) {
    this.#input = input;
    this.#arrive();
  }

  /** Something that runs already and will end. */
  expectEnd(end: End): void {
    this.#ends.push(end);
  }

  /** Walks until nothing happens any more. Jobs that no machine can run stay where they are. */
  run(): void {
    for (let now = this.#nextTime(); Number.isFinite(now); now = this.#nextTime()) {
      this.#end(now);
      this.#submit(now);
      if (!this.#line.isEmpty) this.#start(now);
    }
  }

  #nextTime(): number {
    return Math.min(this.#arrival?.at ?? Number.POSITIVE_INFINITY, this.#ends.peek()?.at ?? Number.POSITIVE_INFINITY);
  }

  #arrive(): void {
    const { done, value } = this.#input.arrivals.next();
    this.#arrival = done ? undefined : value;
  }

  #end(now: number): void {
    const { site, limits, book } = this.#input;
    for (let end = this.#ends.peek(); end && end.at <= now; end = this.#ends.peek()) {
      this.#ends.pop();
      site.end(end.job.id, end.room);
      limits.countEnd(end.job);
      book.ended(end.job.id, end.job.user, now);
    }
  }

  #submit(now: number): void {
    for (; this.#arrival && this.#arrival.at <= now; this.#arrive()) this.#line.join(this.#arrival.job);
  }

  #start(now: number): void {
    const { site, book, limits, policy, learned, depth = Number.POSITIVE_INFINITY } = this.#input;
    site.moveTo(now);
    limits.forgetWaiting();
    const turns = new Turns(this.#line.lanes(), book.penalties(now));
    const { needs } = this.#line;
    const left: QueuedJob[] = [];
    let seen = 0;
    runPass(
      { site, turns, limits, policy, learned, now },
      {
        isDone: (blocked) => blocked || seen >= depth || site.isFullFor(needs),
        started: (job, spot) => {
          const started = startedJob(job, spot, learned);
          turns.charge(job.user, book.penaltyOfStart(started));
          book.started(started);
          this.#note(job, spot, now);
          left.push(job);
        },
        waits: () => {
          seen += 1;
        },
        reserved() {},
      },
    );
    this.#line.leave(left);
  }

  #note(job: QueuedJob, { room }: Spot, now: number): void {
    this.#started.add(job.id);
    this.#ends.push({ at: now + this.#input.realRunMs(job), startedAt: now, job, room });
    this.#input.onStart(job, now);
  }
}

function startedJob(job: QueuedJob, spot: Spot, learned: Learned): StartedJob {
  const { gpuUuids } = startOf(job, spot);
  return { ...job, gpuUuids, startedAt: spot.startAt, chargedEndAt: spot.startAt + chargedRunMs(job, learned) };
}
