// A long queue is looked at in every round: of its jobs only what their order and their fit are decided by. A whole row is ten
// times as much.
import type { Submission } from '@dopq/contract';
import { sql } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import type { JobRecord } from './jobs.ts';
import { RememberedRows } from './remembered.ts';
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

/** All queued jobs, oldest first. */
export function waitingJobs(db: Database): RememberedRows<WaitingJob> {
  return new RememberedRows(db, {
    read: (id) => readWaiting(db, id),
    jobOf: (job) => job.id,
    compare: (a, b) => a.id - b.id,
  });
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
  /** Whether a user has put any of their waiting jobs out of the order of their ages. */
  hasOwnOrder(user: string): boolean {
    const { sql } = this.#db;
    const queued = sql.selectFrom('jobs').select('id').where('state', '=', 'queued').where('user', '=', user);
    const moved = queued.where((eb) =>
      eb.or([eb('nice', '!=', 0), eb('ownRank', 'is not', null), eb('placeAt', 'is not', null)]),
    );
    return this.#db.find(moved.limit(1)) !== undefined;
  }
}
