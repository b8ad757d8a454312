// How much anyone may have at once. A job over a limit waits and says so; it holds up nobody and keeps nothing for itself.
import type { LimitedThing, Limits, Policy } from './policy.ts';
import type { Reason } from './reason.ts';
import type { ArrayPlace, QueuedJob, RunningJob } from './snapshot.ts';

type Counts = Record<LimitedThing, number>;

const none = (): Counts => ({ runningJobs: 0, runningGpus: 0, queuedJobs: 0 });

const WORDS: Record<LimitedThing, (count: number) => string> = {
  runningJobs: (count) => `${count} running job${count === 1 ? '' : 's'}`,
  runningGpus: (count) => `${count} GPU${count === 1 ? '' : 's'} in use`,
  queuedJobs: (count) => `${count} waiting job${count === 1 ? '' : 's'}`,
};

/** What everyone has at this point of a pass, against the limits of the policy. */
export class LimitCounts {
  readonly #policy: Pick<Policy, 'limits'>;
  readonly #ofUser = new Map<string, Counts>();
  readonly #total = none();
  /** How many jobs of an array run, by its number. */
  readonly #ofArray = new Map<number, number>();

  constructor(policy: Pick<Policy, 'limits'>, running: readonly RunningJob[]) {
    this.#policy = policy;
    for (const { user, gpuUuids, array } of running) {
      if (policy.limits) this.#add(user, gpuUuids.length);
      this.#countArray(array, 1);
    }
  }

  /** False: no limit is about it. */
  mayConcern(job: QueuedJob): boolean {
    return this.#policy.limits !== undefined || job.array !== undefined;
  }

  /** Every limit that the start of the job would break. None: it may start. */
  *reasonsAgainst(job: QueuedJob): Generator<Reason> {
    const { limits } = this.#policy;
    if (job.array && (this.#ofArray.get(job.array.id) ?? 0) >= job.array.maxParallel) yield ofArray(job.array);
    if (!limits) return;
    const own = { ...limits.perUser, ...limits.users?.[job.user] };
    yield* against(job, own, this.#ofUser.get(job.user) ?? none(), 'user');
    yield* against(job, limits.total ?? {}, this.#total, 'total');
  }

  countStart(job: QueuedJob): void {
    if (this.#policy.limits) this.#add(job.user, job.numGpus);
    this.#countArray(job.array, 1);
  }

  countEnd(job: Pick<QueuedJob, 'user' | 'numGpus' | 'array'>): void {
    if (this.#policy.limits) this.#add(job.user, -job.numGpus, -1);
    this.#countArray(job.array, -1);
  }

  countWaiting(job: QueuedJob): void {
    if (!this.#policy.limits) return;
    this.#of(job.user).queuedJobs += 1;
    this.#total.queuedJobs += 1;
  }

  /** Another pass begins. */
  forgetWaiting(): void {
    for (const counts of [this.#total, ...this.#ofUser.values()]) counts.queuedJobs = 0;
  }

  #countArray(array: ArrayPlace | undefined, jobs: number): void {
    if (array) this.#ofArray.set(array.id, (this.#ofArray.get(array.id) ?? 0) + jobs);
  }

  #add(user: string, gpus: number, jobs = 1): void {
    for (const counts of [this.#of(user), this.#total]) {
      counts.runningJobs += jobs;
      counts.runningGpus += gpus;
    }
  }

  #of(user: string): Counts {
    let counts = this.#ofUser.get(user);
    if (!counts) this.#ofUser.set(user, (counts = none()));
    return counts;
  }
}

function ofArray({ id, maxParallel }: ArrayPlace): Reason {
  const text = `at most ${maxParallel} of the array #${id} at once`;
  return { kind: 'array', arrayId: id, allowed: maxParallel, text };
}

function* against(job: QueuedJob, limits: Limits, counts: Counts, scope: 'user' | 'total'): Generator<Reason> {
  const needs: Counts = { runningJobs: 1, runningGpus: job.numGpus, queuedJobs: 1 };
  for (const thing of ['queuedJobs', 'runningJobs', 'runningGpus'] as const) {
    const limit = limits[thing];
    if (limit === undefined || needs[thing] === 0 || counts[thing] + needs[thing] <= limit) continue;
    const whose = scope === 'user' ? 'per user' : 'in all';
    yield { kind: 'limit', limit: thing, scope, allowed: limit, text: `at most ${WORDS[thing](limit)} ${whose}` };
  }
}
