// The past of the queue for the simulator: every attempt, and the jobs that were queued and never started.
import type { Submission } from '@dopq/contract';
import type { Database } from './database.ts';
import type { Dependency } from './schema.ts';

/** One attempt, or a job that never had one. */
export interface RecordedRunRow {
  jobId: number;
  number: number;
  name: string;
  user: string;
  numGpus: number;
  numSlots: number;
  memoryBytes: number;
  cpus: number;
  wishes: Pick<Submission, 'gpuModels' | 'minGpuMemoryBytes' | 'gpuMemoryBytes'>;
  priority: number;
  nice: number;
  ownRank: number | null;
  placeAt: number | null;
  notBeforeAt: number | null;
  timeLimitMs: number | null;
  dependsOn: Dependency[];
  arrayId: number | null;
  maxParallel: number | null;
  queuedAt: number;
  startedAt: number | null;
  endedAt: number | null;
  machineId: string | null;
  gpuUuids: string[];
}

/** At most so many runs: a year of a busy lab. */
const MOST = 200_000;

/** What had not ended at `since`, in the order in which it was queued. */
export function recordedRuns(db: Database, since: number): RecordedRunRow[] {
  const rows = db.all(
    db.sql
      .selectFrom('jobs')
      .leftJoin('attempts', 'attempts.jobId', 'jobs.id')
      .select([
        'jobs.id as jobId',
        'attempts.number',
        'jobs.name',
        'jobs.user',
        'jobs.numGpus',
        'jobs.numSlots',
        'jobs.memoryBytes',
        'jobs.cpus',
        'jobs.submission',
        'jobs.priority',
        'jobs.nice',
        'jobs.ownRank',
        'jobs.placeAt',
        'jobs.notBeforeAt',
        'jobs.timeLimitMs',
        'jobs.dependsOn',
        'jobs.arrayId',
        'jobs.maxParallel',
        'jobs.queuedAt',
        'jobs.state',
        'jobs.finishedAt',
        'attempts.createdAt as begunAt',
        'attempts.endedAt as attemptEndedAt',
        'attempts.machineId',
        'attempts.gpuUuids',
      ])
      .where('jobs.queuedAt', 'is not', null)
      .where('jobs.state', '!=', 'held')
      .where((eb) =>
        eb.or([
          eb('attempts.endedAt', '>', since),
          eb.and([eb('attempts.number', 'is not', null), eb('attempts.endedAt', 'is', null)]),
          eb.and([
            eb('attempts.number', 'is', null),
            eb.or([eb('jobs.finishedAt', 'is', null), eb('jobs.finishedAt', '>', since)]),
          ]),
        ]),
      )
      .orderBy('jobs.id')
      .orderBy('attempts.number')
      .limit(MOST),
  );
  let before: RecordedRunRow | undefined;
  const runs = rows.map(({ submission, state, finishedAt, begunAt, attemptEndedAt, queuedAt, dependsOn, ...row }) => {
    const { gpuModels, minGpuMemoryBytes, gpuMemoryBytes } = JSON.parse(submission ?? '{}') as Partial<Submission>;
    const neverBegan = begunAt === null;
    const again = before?.jobId === row.jobId ? before.endedAt : null;
    // The job's own time is that of its newest wait.
    const waitedSince = again ?? Math.min(queuedAt ?? 0, begunAt ?? Number.POSITIVE_INFINITY);
    const run: RecordedRunRow = {
      ...row,
      number: row.number ?? 0,
      numGpus: row.numGpus ?? 0,
      numSlots: row.numSlots ?? 1,
      memoryBytes: row.memoryBytes ?? 0,
      cpus: row.cpus ?? 0,
      wishes: {
        ...(gpuModels && { gpuModels }),
        ...(minGpuMemoryBytes !== undefined && { minGpuMemoryBytes }),
        ...(gpuMemoryBytes !== undefined && { gpuMemoryBytes }),
      },
      dependsOn: dependsOn === null ? [] : (JSON.parse(dependsOn) as Dependency[]),
      queuedAt: waitedSince,
      startedAt: begunAt,
      endedAt: neverBegan ? (state === 'finished' ? finishedAt : null) : attemptEndedAt,
      gpuUuids: JSON.parse(row.gpuUuids ?? '[]') as string[],
    };
    before = run;
    return run;
  });
  return runs.sort((a, b) => a.queuedAt - b.queuedAt || a.jobId - b.jobId);
}
