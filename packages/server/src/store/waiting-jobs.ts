// A long queue is read in every round: of its jobs only what their order and their fit are decided by. A whole row is ten
// times as much, and most of the memory of a server with a long queue was what had just been read and thrown away.
import type { Submission } from '@dopq/contract';
import type { Database } from './database.ts';
import type { JobRecord } from './jobs.ts';

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
] as const satisfies (keyof JobRecord)[];

export type WaitingJob = Pick<JobRecord, (typeof COLUMNS)[number]> & {
  submission: Pick<Submission, 'gpuModels' | 'minGpuMemoryBytes'> | null;
};

/** All queued jobs, oldest first. */
export function readWaiting(db: Database): WaitingJob[] {
  const query = db.sql
    .selectFrom('jobs')
    .select(COLUMNS)
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
    ])
    .where('state', '=', 'queued')
    .orderBy('id');
  return db.all(query).map(({ gpuModels, minGpuMemoryBytes, ...row }) => ({
    ...row,
    submission: {
      ...(gpuModels !== null && { gpuModels: JSON.parse(gpuModels) as string[] }),
      ...(minGpuMemoryBytes !== null && { minGpuMemoryBytes }),
    },
  }));
}
