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
import type { QueuedJob, RunningJob } from './snapshot.ts';
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
  /** Every end, before anything is decided at that moment. */
  onEnd?(end: End): void;
  /** Jobs that leave at these moments if they have not started; in the order of the moments. */
  withdrawals?: Iterator<Arrival> | undefined;
  /** Some job waits for the end of others. */
  hasDependencies?: boolean | undefined;
  /** True: enough has been seen, and the walk ends. Asked after each moment. */
  isOver?(): boolean;
  /** How many waiting jobs a pass looks at; default all. */
  depth?: number | undefined;
}

export interface Arrival {
  at: number;
  job: QueuedJob;
}

export interface End {
  at: number;
  startedAt: number;
  job: EndingJob;
  room: Room;
}

type EndingJob = Pick<QueuedJob, 'id' | 'user' | 'numGpus' | 'array'>;

/** Ends of one moment in the order in which the history counts them. */
const endsFirst = (a: End, b: End): boolean => (a.at - b.at || a.startedAt - b.startedAt || a.job.id - b.job.id) < 0;

/** A job and how many others have to end before it joins. */
interface Dependent {
  job: QueuedJob;
  missing: number;
}

export class Walk {
  readonly #input: WalkInput;
  readonly #ends = new Heap<End>(endsFirst);
  /** Jobs that have started or were withdrawn. */
  readonly #gone = new Set<number>();
  /** Those that wait for their turn; kept only where some are withdrawn. */
  readonly #inLine = new Set<number>();
  readonly #line: WaitingLine;
  #arrival: Arrival | undefined;
  #withdrawal: Arrival | undefined;
  /** Jobs that have been submitted and wait for the end of others, by each of those others. */
  readonly #over = new Set<number>();
  readonly #waitingFor = new Map<number, Dependent[]>();

  constructor(input: WalkInput) {
    this.#input = input;
    this.#line = new WaitingLine(({ id }) => !this.#gone.has(id), input.book);
    this.#arrive();
    this.#nextWithdrawal();
  }

  /** Something that runs already and will end. */
  expectEnd(end: End): void {
    this.#ends.push(end);
  }

  /** Running jobs are charged until other times from now on. */
  recharge(jobs: Iterable<Pick<RunningJob, 'id' | 'user'>>, untilOf: (id: number) => number, now: number): void {
    const users = new Set<string>();
    for (const { id, user } of jobs) {
      this.#input.book.recharged(id, untilOf(id));
      users.add(user);
    }
    for (const user of users) this.#line.reconsider(user, now);
  }

  /** Walks until nothing happens any more. Jobs that no machine can run stay where they are. */
  run(): void {
    for (let now = this.#nextTime(); Number.isFinite(now); now = this.#nextTime()) {
      this.#end(now);
      this.#submit(now);
      this.#withdraw(now);
      if (!this.#line.isEmpty) this.#start(now);
      if (this.#input.isOver?.()) return;
    }
  }

  #nextTime(): number {
    const never = Number.POSITIVE_INFINITY;
    return Math.min(this.#arrival?.at ?? never, this.#ends.peek()?.at ?? never, this.#withdrawal?.at ?? never);
  }

  #arrive(): void {
    const { done, value } = this.#input.arrivals.next();
    this.#arrival = done ? undefined : value;
  }

  #nextWithdrawal(): void {
    const { done = true, value } = this.#input.withdrawals?.next() ?? {};
    this.#withdrawal = done ? undefined : (value as Arrival);
  }

  #withdraw(now: number): void {
    for (; this.#withdrawal && this.#withdrawal.at <= now; this.#nextWithdrawal()) {
      const { job } = this.#withdrawal;
      if (this.#gone.has(job.id)) continue;
      this.#gone.add(job.id);
      if (this.#inLine.has(job.id)) this.#line.leave([job]);
      this.#release(job.id, now);
    }
  }

  #end(now: number): void {
    const { site, limits, book } = this.#input;
    for (let end = this.#ends.peek(); end && end.at <= now; end = this.#ends.peek()) {
      this.#ends.pop();
      site.end(end.job.id, end.room);
      limits.countEnd(end.job);
      book.ended(end.job.id, end.job.user, now);
      this.#line.reconsider(end.job.user, now);
      this.#input.onEnd?.(end);
      if (this.#input.hasDependencies) this.#over.add(end.job.id);
      this.#release(end.job.id, now);
    }
  }

  #release(endedId: number, now: number): void {
    const dependents = this.#waitingFor.get(endedId);
    if (!dependents) return;
    this.#waitingFor.delete(endedId);
    for (const dependent of dependents) {
      dependent.missing -= 1;
      if (dependent.missing === 0) this.#enter(dependent.job, now);
    }
  }

  #submit(now: number): void {
    for (; this.#arrival && this.#arrival.at <= now; this.#arrive()) this.#join(this.#arrival.job, now);
  }

  #enter(job: QueuedJob, now: number): void {
    if (this.#gone.has(job.id)) return;
    this.#line.join(job.after ? { ...job, after: undefined } : job, now);
    if (this.#input.withdrawals) this.#inLine.add(job.id);
  }

  /** Every end counts as a success: nobody knows better beforehand. */
  #join(job: QueuedJob, now: number): void {
    const missing = (job.after ?? []).filter(({ jobId }) => !this.#over.has(jobId));
    if (missing.length === 0) return this.#enter(job, now);
    const dependent: Dependent = { job, missing: missing.length };
    for (const { jobId } of missing) {
      const others = this.#waitingFor.get(jobId);
      if (others) others.push(dependent);
      else this.#waitingFor.set(jobId, [dependent]);
    }
  }

  #start(now: number): void {
    const { site, book, limits, policy, learned, depth = Number.POSITIVE_INFINITY } = this.#input;
    site.moveTo(now);
    limits.forgetWaiting();
    const { turns, standings } = this.#line.turns(now);
    const { needs } = this.#line;
    const left: QueuedJob[] = [];
    let seen = 0;
    runPass(
      { site, turns, limits, policy, learned, now },
      {
        isDone: (blocked) => blocked || seen >= depth || site.isFullFor(needs),
        started: (job, spot) => {
          book.started(startedJob(job, spot, learned));
          standings.forget(job.user);
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
    this.#gone.add(job.id);
    this.#ends.push({ at: now + this.#input.realRunMs(job), startedAt: now, job, room });
    this.#input.onStart(job, now);
  }
}

function startedJob(job: QueuedJob, spot: Spot, learned: Learned): StartedJob {
  const { gpuUuids } = startOf(job, spot);
  return { ...job, gpuUuids, startedAt: spot.startAt, chargedEndAt: spot.startAt + chargedRunMs(job, learned) };
}
