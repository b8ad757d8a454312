// A long queue is looked at in every round: of its jobs only what their order and their fit are decided by, and read again
// only where a job has changed. A whole row is ten times as much, and most of the time and the memory of a server with a
// long queue was what it had just read and thrown away.
import type { Submission } from '@dopq/contract';
import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import type { JobRecord } from './jobs.ts';
import type { Dependency } from './schema.ts';

const COLUMNS = [
  'id',
  'user',
  'createdAt',
  'queuedAt',
  'numGpus',
  'numSlots',
  'memoryBytes',
  'cpus',
  'timeLimitMs',
  'priority',
  'nice',
  'ownRank',
  'placeAt',
  'notBeforeAt',
  'arrayId',
  'maxParallel',
] as const satisfies (keyof JobRecord)[];

export type WaitingJob = Pick<JobRecord, (typeof COLUMNS)[number] | 'dependsOn'> & {
  submission: Pick<Submission, 'gpuModels' | 'minGpuMemoryBytes' | 'gpuMemoryBytes'> | null;
};

/** More of them are read with all the others. */
const MOST_SINGLE_READS = 500;

export class WaitingJobs {
  readonly #db: Database;
  /** Undefined = to be read from the table. */
  #known: Map<number, WaitingJob> | undefined;
  readonly #changed = new Set<number>();
  #sorted: readonly WaitingJob[] = [];

  constructor(db: Database) {
    this.#db = db;
    db.onRollback(() => this.#forget());
  }

  /** That job has changed, or will have once the transaction under way is committed. */
  touch(id: number): void {
    this.#changed.add(id);
  }

  /** All queued jobs, oldest first. */
  all(): readonly WaitingJob[] {
    if (this.#changed.size > MOST_SINGLE_READS) this.#forget();
    if (this.#known && this.#changed.size === 0) return this.#sorted;
    const known = this.#known ?? new Map(readWaiting(this.#db).map((job) => [job.id, job]));
    for (const id of this.#known ? this.#changed : []) {
      const [job] = readWaiting(this.#db, id);
      if (job) known.set(id, job);
      else known.delete(id);
    }
    this.#changed.clear();
    this.#known = known;
    this.#sorted = [...known.values()].toSorted((a, b) => a.id - b.id);
    return this.#sorted;
  }

  #forget(): void {
    this.#known = undefined;
    this.#changed.clear();
  }
}

function readWaiting(db: Database, id?: number): WaitingJob[] {
  let query = db.sql
    .selectFrom('jobs')
    .select([...COLUMNS, 'dependsOn'])
    .select((eb) => [
      eb
        .ref('submission', '->>')
        .key('gpuModels' as never)
        .$castTo<string | null>()
        .as('gpuModels'),
      eb
        .ref('submission', '->>')
        .key('minGpuMemoryBytes' as never)
        .$castTo<number | null>()
        .as('minGpuMemoryBytes'),
      eb
        .ref('submission', '->>')
        .key('gpuMemoryBytes' as never)
        .$castTo<number | null>()
        .as('gpuMemoryBytes'),
    ])
    .where('state', '=', 'queued')
    .orderBy('id');
  if (id !== undefined) query = query.where('id', '=', id);
  return db.all(query).map(({ gpuModels, minGpuMemoryBytes, gpuMemoryBytes, dependsOn, ...row }) => ({
    ...row,
    dependsOn: dependsOn === null ? [] : (JSON.parse(dependsOn) as Dependency[]),
    submission: {
      ...(gpuModels !== null && { gpuModels: JSON.parse(gpuModels) as string[] }),
      ...(minGpuMemoryBytes !== null && { minGpuMemoryBytes }),
      ...(gpuMemoryBytes !== null && { gpuMemoryBytes }),
    },
  }));
}

/** The queue as a line that one joins at its end. */
export class WaitingLine {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** `queuedAt` of who joins now: a clock that was set back puts nobody before those who wait already. */
  end(): number {
    // As the index says it, or the planner would not see that it may use it.
    const isQueued = sql<boolean>`state = 'queued'`;
    const query = this.#db.sql.selectFrom('jobs').select('queuedAt').where(isQueued);
    const newest = this.#db.find(query.orderBy('queuedAt', 'desc').limit(1))?.queuedAt ?? 0;
    return Math.max(this.#clock.now(), newest);
  }
}
