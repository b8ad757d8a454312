// How long a job will run, learned from the past of its user: what `squeue --start` lacks. The mean of the last two runs
// already beats people's own estimates (Tsafrir, Etsion, Feitelson 2007); a high quantile is what a promise is made of.
import type { PastRun, QueuedJob, RunningJob } from './snapshot.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Used where nothing is known of anyone. */
const GUESSES_MS = [HOUR_MS / 4, HOUR_MS / 2, HOUR_MS, 4 * HOUR_MS, 24 * HOUR_MS];
const UNKNOWN: RunTimes = { typicalMs: HOUR_MS, longMs: 24 * HOUR_MS, ascendingMs: GUESSES_MS };
/** How many runs of a user are remembered. */
const MEMORY = 50;

export interface RunTimes {
  /** What a run of this user typically takes: the mean of the last two. */
  typicalMs: number;
  /** Nine of ten of this user's last runs took at most this long. */
  longMs: number;
  /** The run times it was learned from. */
  ascendingMs: readonly number[];
}

/** The run times of each user, and of everyone together for users without a past. */
export type Learned = (user: string) => RunTimes;

/** Learns from the newest runs of each user. */
export function learnRunTimes(history: readonly PastRun[]): Learned {
  return new Learner(history).learned;
}

/** Learns from a past, and goes on learning from what ends. */
export class Learner {
  /** By user, newest first. */
  readonly #ofUser = new Map<string, number[]>();
  readonly #ofAll: number[] = [];
  #everyone: RunTimes | undefined;
  readonly #known = new Map<string, RunTimes>();

  constructor(history: readonly PastRun[]) {
    const newestFirst = [...history].sort((a, b) => b.finishedAt - a.finishedAt || b.id - a.id);
    for (const { user, startedAt, finishedAt } of newestFirst) {
      const durations = this.#durationsOf(user);
      if (durations.length < MEMORY) durations.push(finishedAt - startedAt);
      if (this.#ofAll.length < MEMORY) this.#ofAll.push(finishedAt - startedAt);
    }
  }

  readonly learned: Learned = (user) => {
    const known = this.#known.get(user);
    if (known) return known;
    this.#everyone ??= summary(this.#ofAll) ?? UNKNOWN;
    const times = summary(this.#ofUser.get(user) ?? []) ?? this.#everyone;
    this.#known.set(user, times);
    return times;
  };

  /** A run has ended, after all those that are known. */
  add(user: string, durationMs: number): void {
    for (const durations of [this.#durationsOf(user), this.#ofAll]) {
      durations.unshift(durationMs);
      durations.length = Math.min(durations.length, MEMORY);
    }
    this.#everyone = undefined;
    // Users without a past of their own go by everyone's.
    this.#known.clear();
  }

  #durationsOf(user: string): number[] {
    let durations = this.#ofUser.get(user);
    if (!durations) this.#ofUser.set(user, (durations = []));
    return durations;
  }
}

function summary(newestFirstMs: readonly number[]): RunTimes | undefined {
  const [last, before] = newestFirstMs;
  if (last === undefined) return undefined;
  const typicalMs = before === undefined ? last : (last + before) / 2;
  const ascending = newestFirstMs.toSorted((a, b) => a - b);
  const longMs = ascending[Math.ceil(ascending.length * 0.9) - 1] ?? last;
  return { typicalMs, longMs: Math.max(longMs, typicalMs), ascendingMs: ascending };
}

/** The time a plan sets aside for a job: what somebody knows, else its limit, else a long run of its user. */
export function plannedRunMs(job: QueuedJob, learned: Learned): number {
  return job.expectedRunMs ?? job.timeLimitMs ?? learned(job.user).longMs;
}

/** The use a job is charged for at its start, before there is a real one. */
export function chargedRunMs(job: QueuedJob, learned: Learned): number {
  const typicalMs = job.expectedRunMs ?? learned(job.user).typicalMs;
  return Math.min(typicalMs, job.timeLimitMs ?? Number.POSITIVE_INFINITY);
}

/** When a running job is expected to end, for planning; it may have passed (see `correctedEndAt`). */
export function plannedEndAt(job: RunningJob, learned: Learned): number {
  return job.expectedEndAt ?? job.limitEndAt ?? job.startedAt + learned(job.user).longMs;
}

/**
 * The expected end, always after `now`. A job that is expected to end at this very moment is about to. One that runs past its
 * time is expected to go on for a tenth of what it has run, at least a minute: the profile is corrected at each pass and never
 * frozen.
 */
export function correctedEndAt(startedAt: number, endAt: number, now: number): number {
  if (endAt === now) return now + 1;
  return endAt > now ? endAt : now + Math.max(MINUTE_MS, (now - startedAt) / 10);
}

/** Until when a running job is charged: its predicted end, and never less than what it has run. */
export function chargedEndAt(job: RunningJob, learned: Learned, now: number): number {
  const typicalEndAt = job.startedAt + learned(job.user).typicalMs;
  return Math.max(now, job.expectedEndAt ?? Math.min(typicalEndAt, job.limitEndAt ?? Number.POSITIVE_INFINITY));
}

/**
 * One possible run time of a job that has run for `ranMs` already: out of those of its user that were longer.
 * @param part 0 to 1, which of them: 0 = the shortest
 */
export function possibleRunMs(user: string, learned: Learned, ranMs: number, part: number): number {
  const longer = learned(user).ascendingMs.filter((runMs) => runMs > ranMs);
  return (
    longer[Math.min(longer.length - 1, Math.floor(part * longer.length))] ?? ranMs + Math.max(MINUTE_MS, ranMs / 10)
  );
}
