// What ran, and who used how much: what penalties and usage reports are made of, and the past that the simulator replays.
import type { Attempts, AttemptRecord } from './attempts.ts';
import type { Database } from './database.ts';
import { type RecordedRunRow, recordedRuns } from './recorded-runs.ts';
import { RememberedRows } from './remembered.ts';

const COLUMNS = ['jobId', 'number', 'startedAt', 'endedAt', 'gpuShare', 'memoryBytes', 'cpus'] as const;

/** What of an attempt goes into penalties and expected run times. */
export type PastRunRecord = Pick<AttemptRecord, (typeof COLUMNS)[number] | 'gpuModels'> & { user: string };

/** Enough for `recency` to the last digit (e^-60), and a bound on what one round looks at. */
const KEPT = 20_000;

/** What of an attempt goes into a usage report. */
export interface UsedAttempt extends Pick<AttemptRecord, 'jobId' | 'endedAt' | 'outcome' | 'gpuUuids' | 'numSlots'> {
  user: string;
  queuedAt: number | null;
  startedAt: number;
  slotsPerGpu: number;
  cpus: number;
  gpuMeasurements: number | null;
  gpuUtilizationSum: number | null;
  gpuIdleSum: number | null;
}

export class PastRuns {
  readonly #db: Database;
  readonly #newest: RememberedRows<PastRunRecord>;

  constructor(db: Database, attempts: Attempts) {
    this.#db = db;
    this.#newest = new RememberedRows(db, {
      read: (jobId) => readNewest(db, jobId),
      jobOf: ({ jobId }) => jobId,
      compare: newestFirst,
    });
    attempts.onEnd((jobId) => this.#newest.touch(jobId));
  }

  /** Attempts that ran and ended, newest end first, 20,000 at most. */
  newest(endedAfter: number): readonly PastRunRecord[] {
    if (this.#newest.all().length > 2 * KEPT) this.#newest.forget();
    const runs = this.#newest.all().slice(0, KEPT);
    const first = runs.findIndex(({ endedAt }) => (endedAt ?? 0) <= endedAfter);
    return first < 0 ? runs : runs.slice(0, first);
  }

  /** Some are gone. */
  forget(): void {
    this.#newest.forget();
  }

  /** Attempts that ran in a period, with what a usage report needs of their jobs. */
  usedIn({ from, to }: { from: number; to: number }, user?: string): UsedAttempt[] {
    let query = this.#db.sql
      .selectFrom('attempts')
      .innerJoin('jobs', 'jobs.id', 'attempts.jobId')
      .leftJoin('jobUse', 'jobUse.jobId', 'attempts.jobId')
      .select(['attempts.jobId', 'jobs.user', 'jobs.queuedAt', 'attempts.startedAt', 'attempts.endedAt'])
      .select(['attempts.outcome', 'attempts.gpuUuids', 'attempts.numSlots', 'attempts.slotsPerGpu', 'attempts.cpus'])
      .select(['jobUse.gpuMeasurements', 'jobUse.gpuUtilizationSum', 'jobUse.gpuIdleSum'])
      .where('attempts.startedAt', '<', to)
      .where((eb) => eb.or([eb('attempts.endedAt', 'is', null), eb('attempts.endedAt', '>=', from)]));
    if (user !== undefined) query = query.where('jobs.user', '=', user);
    return this.#db.all(query).map((row) => ({
      ...row,
      startedAt: row.startedAt ?? 0,
      gpuUuids: JSON.parse(row.gpuUuids) as string[],
    }));
  }

  /** Everything that had not ended at `since`, for the simulator; see recorded-runs.ts. */
  recorded(since: number): RecordedRunRow[] {
    return recordedRuns(this.#db, since);
  }
}

const newestFirst = (a: PastRunRecord, b: PastRunRecord): number =>
  (b.endedAt ?? 0) - (a.endedAt ?? 0) || b.jobId - a.jobId || b.number - a.number;

function readNewest(db: Database, jobId?: number): PastRunRecord[] {
  const query = db.sql
    .selectFrom('attempts')
    .innerJoin('jobs', 'jobs.id', 'attempts.jobId')
    .select([...COLUMNS.map((column) => `attempts.${column}` as const), 'attempts.gpuModels', 'jobs.user'])
    .where('attempts.startedAt', 'is not', null)
    .where('attempts.endedAt', 'is not', null);
  const rows = db.all(
    jobId === undefined
      ? query.orderBy('attempts.endedAt', 'desc').orderBy('attempts.jobId', 'desc').limit(KEPT)
      : query.where('attempts.jobId', '=', jobId),
  );
  return rows.map((row) => ({ ...row, gpuModels: JSON.parse(row.gpuModels) as string[] }));
}
