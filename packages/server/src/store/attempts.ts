// Attempts: each start of a job, with the GPUs it was given. Slots of GPUs in use are rows with a primary key, so that
// the database itself refuses to give one twice.
import type { Outcome, Submission } from '@dopq/contract';
import { type Selectable, sql, type SqlBool } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import type { JobRecord, Jobs } from './jobs.ts';
import { NO_PROMISE } from './promises.ts';
import { RememberedRows } from './remembered.ts';
import type { AttemptTable } from './schema.ts';

type Row = Selectable<AttemptTable>;

export interface AttemptRecord extends Omit<Row, 'gpuUuids' | 'gpuModels' | 'logComplete' | 'cleared'> {
  gpuUuids: string[];
  gpuModels: string[];
  logComplete: boolean;
  cleared: boolean;
}

/** An attempt under way, with what of its job it is judged and shown by. */
export interface ActiveAttempt extends AttemptRecord {
  job: Pick<JobRecord, (typeof JOB_COLUMNS)[number] | 'submission'>;
}

const JOB_COLUMNS = ['state', 'user', 'timeLimitMs', 'cancelRequestedAt', 'arrayId', 'maxParallel'] as const;

export interface Placement {
  machineId: string;
  gpuUuids: string[];
  gpuModels: string[];
  /** Slots each GPU of that machine offers (`max.gpu.assignment`). */
  slotsPerGpu: number;
  /** The part of each of its GPUs that it has, where that is not told by its slots. */
  gpuShare?: number;
}

export interface AttemptEnd {
  outcome: Outcome;
  reason: string | null;
  exitCode: number | null;
  endedAt: number;
}

export class Attempts {
  readonly #db: Database;
  readonly #jobs: Jobs;
  readonly #clock: Clock;
  readonly #active: RememberedRows<ActiveAttempt>;
  readonly #toClear: RememberedRows<AttemptRecord>;
  readonly #listeners: ((jobId: number) => void)[] = [];

  constructor(db: Database, jobs: Jobs, clock: Clock) {
    this.#db = db;
    this.#jobs = jobs;
    this.#clock = clock;
    const byJob = { jobOf: ({ jobId }: AttemptRecord) => jobId, compare: byNumbers };
    this.#active = new RememberedRows<ActiveAttempt>(db, { ...byJob, read: (jobId) => readActive(db, jobId) });
    this.#toClear = new RememberedRows<AttemptRecord>(db, { ...byJob, read: (jobId) => readToClear(db, jobId) });
    jobs.onChange((jobId) => this.#active.touch(jobId));
  }

  /**
   * Intent before action: queued -> starting, with attempt number and GPU slots, in one commit.
   * @returns undefined if the job is no longer queued
   * @throws Error if a slot is not free: a bug in the plan, and the commit is undone
   */
  begin(
    job: JobRecord,
    placement: Placement,
    names: (attempt: number) => { container: string; log: string },
  ): AttemptRecord | undefined {
    return this.#db.transaction(() => {
      const number = job.attempt + 1;
      const at = this.#clock.now();
      const changed = this.#jobs.change(
        job.id,
        ['queued'],
        { state: 'starting', attempt: number, reason: 'starting the container' },
        { actor: 'queue', kind: 'starting', message: describe(placement) },
      );
      if (!changed) return undefined;
      const { container, log } = names(number);
      this.#db.run(
        this.#db.sql.insertInto('attempts').values({
          jobId: job.id,
          number,
          machineId: placement.machineId,
          gpuUuids: JSON.stringify(placement.gpuUuids),
          gpuModels: JSON.stringify(placement.gpuModels),
          slotsPerGpu: placement.slotsPerGpu,
          numSlots: job.numSlots ?? 1,
          gpuMemoryBytes: job.submission?.gpuMemoryBytes ?? null,
          gpuShare: placement.gpuShare ?? (job.numSlots ?? 1) / placement.slotsPerGpu,
          memoryBytes: job.memoryBytes ?? 0,
          cpus: job.cpus ?? 0,
          containerName: container,
          containerId: null,
          logPath: log,
          logComplete: 0,
          createdAt: at,
          startedAt: null,
          endedAt: null,
          exitCode: null,
          outcome: null,
          cleared: 0,
        }),
      );
      this.#active.touch(job.id);
      for (const uuid of placement.gpuUuids) this.#takeSlots(uuid, job.numSlots ?? 1, placement.slotsPerGpu, job.id);
      return this.get(job.id, number);
    });
  }

  /** Its container gets another name; only while there is none. */
  rename(jobId: number, number: number, containerName: string): void {
    this.#db.transaction(() => this.#update(jobId, number, { containerName }), 'name');
  }

  markContainer(jobId: number, number: number, containerId: string): void {
    this.#db.quietly(() => this.#update(jobId, number, { containerId }), 'container');
  }

  /** starting -> running. */
  markRunning(attempt: AttemptRecord, containerId: string, startedAt: number): JobRecord | undefined {
    return this.#db.transaction(() => {
      const job = this.#jobs.change(
        attempt.jobId,
        ['starting'],
        { state: 'running', startedAt, reason: null },
        { actor: 'queue', kind: 'running', message: `container ${attempt.containerName} runs` },
      );
      if (job) this.#update(attempt.jobId, attempt.number, { containerId, startedAt });
      return job;
    });
  }

  /** Its container was ended and started again by somebody: what runs now began then, and its log goes on. */
  markRestarted(attempt: AttemptRecord, startedAt: number): JobRecord | undefined {
    return this.#db.transaction(() => {
      const message = `container ${attempt.containerName} was restarted from outside DoPQ`;
      const event = { actor: 'queue', kind: 'restarted', message };
      const job = this.#jobs.change(attempt.jobId, ['running'], { startedAt }, event);
      if (job) this.#update(attempt.jobId, attempt.number, { startedAt, logComplete: 0 });
      return job;
    });
  }

  /** The attempt ended and with it the job; its GPU slots are free from this commit on. */
  finish(attempt: AttemptRecord, given: AttemptEnd): JobRecord | undefined {
    return this.#db.transaction(() => {
      // An engine stamps the end of a very short container a little before its start.
      const { startedAt } = this.get(attempt.jobId, attempt.number);
      const end = { ...given, endedAt: Math.max(given.endedAt, startedAt ?? 0) };
      const job = this.#jobs.change(
        attempt.jobId,
        ['starting', 'running'],
        {
          state: 'finished',
          outcome: end.outcome,
          reason: end.reason,
          exitCode: end.exitCode,
          finishedAt: end.endedAt,
        },
        { actor: 'queue', kind: 'finished', message: `${end.outcome}${end.reason ? `: ${end.reason}` : ''}` },
      );
      if (job) this.#end(attempt, end);
      return job;
    });
  }

  /**
   * The attempt ended, and its job waits for another one, as its user asked for.
   * @param queuedAt its place from now on
   */
  retry(attempt: AttemptRecord, given: AttemptEnd, queuedAt: number): JobRecord | undefined {
    return this.#db.transaction(() => {
      const { startedAt } = this.get(attempt.jobId, attempt.number);
      const end = { ...given, endedAt: Math.max(given.endedAt, startedAt ?? 0) };
      const job = this.#jobs.change(
        attempt.jobId,
        ['starting', 'running'],
        {
          state: 'queued',
          reason: null,
          exitCode: end.exitCode,
          startedAt: null,
          queuedAt,
          placeAt: null,
          ...NO_PROMISE,
        },
        { actor: 'queue', kind: 'requeued', message: `attempt ${attempt.number} ${end.outcome}: ${end.reason ?? ''}` },
      );
      if (job) this.#end(attempt, end);
      return job;
    });
  }

  /**
   * It could not begin, through no fault of its job: that waits again with its old place, or goes back to where images are
   * made. The attempt counts; its container never ran.
   */
  sendBack(attempt: AttemptRecord, to: 'queued' | 'building', why: string): JobRecord | undefined {
    return this.#db.transaction(() => {
      const patch = to === 'queued' ? { reason: null } : { reason: why, image: null, imageId: null };
      const event = { actor: 'queue', kind: to === 'queued' ? 'requeued' : 'building', message: why };
      const job = this.#jobs.change(attempt.jobId, ['starting'], { state: to, ...patch }, event);
      if (job) this.#end(attempt, { outcome: 'start_failed', reason: why, exitCode: null, endedAt: this.#clock.now() });
      return job;
    });
  }

  /** The job has been told that its time limit is near; null takes that back, as after an extension. */
  markWarned(jobId: number, number: number, warnedAt: number | null): void {
    this.#db.transaction(() => this.#update(jobId, number, { warnedAt }), 'warned');
  }

  /** The file has all of it. Where that is not known any more, the log is read once more. */
  markLogComplete(jobId: number, number: number): void {
    this.#db.lazily(() => this.#update(jobId, number, { logComplete: 1 }), 'log');
  }

  /** Its container is gone. Where that is not known any more, it is looked for once more. */
  markCleared(jobId: number, number: number): void {
    this.#db.lazily(() => this.#update(jobId, number, { cleared: 1 }), 'cleared');
  }

  get(jobId: number, number: number): AttemptRecord {
    const row = this.find(jobId, number);
    if (!row) throw new Error(`no attempt ${number} of job #${jobId}`);
    return row;
  }

  find(jobId: number, number: number): AttemptRecord | undefined {
    const row = this.#db.find(
      this.#db.sql.selectFrom('attempts').selectAll().where('jobId', '=', jobId).where('number', '=', number),
    );
    return row && read(row);
  }

  /** The newest attempt of each job that is starting or running. */
  active(): readonly ActiveAttempt[] {
    return this.#active.all();
  }

  /** Ended attempts whose container is still to be removed. */
  toClear(): readonly AttemptRecord[] {
    return this.#toClear.all();
  }

  /** Calls `listener` with the job of each attempt that ends, inside its transaction. */
  onEnd(listener: (jobId: number) => void): void {
    this.#listeners.push(listener);
  }

  /** True if this container belongs to an attempt of ours, however long ago. */
  isKnown(containerName: string): boolean {
    return (
      this.#db.find(this.#db.sql.selectFrom('attempts').select('jobId').where('containerName', '=', containerName)) !==
      undefined
    );
  }

  /** Whose container it is, by its id or name; undefined if no attempt had it. */
  ownerOf(container: string): string | undefined {
    const query = this.#db.sql
      .selectFrom('attempts')
      .innerJoin('jobs', 'jobs.id', 'attempts.jobId')
      .select('jobs.user');
    return this.#db.find(
      query.where((eb) => eb.or([eb('containerId', '=', container), eb('containerName', '=', container)])).limit(1),
    )?.user;
  }

  slotsInUse(): { gpuUuid: string; slot: number; jobId: number }[] {
    return this.#db.all(this.#db.sql.selectFrom('gpuSlots').selectAll());
  }

  #end(attempt: AttemptRecord, end: AttemptEnd): void {
    this.#update(attempt.jobId, attempt.number, { endedAt: end.endedAt, exitCode: end.exitCode, outcome: end.outcome });
    this.#db.run(this.#db.sql.deleteFrom('gpuSlots').where('jobId', '=', attempt.jobId));
    for (const listener of this.#listeners) listener(attempt.jobId);
  }

  #takeSlots(gpuUuid: string, count: number, available: number, jobId: number): void {
    const taken = new Set(
      this.#db
        .all(this.#db.sql.selectFrom('gpuSlots').select('slot').where('gpuUuid', '=', gpuUuid))
        .map((row) => row.slot),
    );
    const free = Array.from({ length: available }, (_, slot) => slot).filter((slot) => !taken.has(slot));
    if (free.length < count)
      throw new Error(`GPU ${gpuUuid} has ${free.length} free slots, job #${jobId} needs ${count}`);
    for (const slot of free.slice(0, count))
      this.#db.run(this.#db.sql.insertInto('gpuSlots').values({ gpuUuid, slot, jobId }));
  }

  #update(jobId: number, number: number, patch: Partial<Row>): void {
    this.#db.run(
      this.#db.sql.updateTable('attempts').set(patch).where('jobId', '=', jobId).where('number', '=', number),
    );
    this.#active.touch(jobId);
    this.#toClear.touch(jobId);
  }
}

function describe({ machineId, gpuUuids }: Placement): string {
  return gpuUuids.length === 0 ? `on ${machineId}, no GPU` : `on ${machineId}, GPU ${gpuUuids.join(', ')}`;
}

function read(row: Row): AttemptRecord {
  return {
    ...row,
    gpuUuids: JSON.parse(row.gpuUuids) as string[],
    gpuModels: JSON.parse(row.gpuModels) as string[],
    logComplete: row.logComplete === 1,
    cleared: row.cleared === 1,
  };
}

const byNumbers = (a: AttemptRecord, b: AttemptRecord): number => a.jobId - b.jobId || a.number - b.number;

function readActive(db: Database, jobId?: number): ActiveAttempt[] {
  let query = db.sql
    .selectFrom('attempts')
    .innerJoin('jobs', (join) =>
      join.onRef('jobs.id', '=', 'attempts.jobId').onRef('jobs.attempt', '=', 'attempts.number'),
    )
    .selectAll('attempts')
    .select([...JOB_COLUMNS.map((column) => `jobs.${column}` as const), 'jobs.submission'])
    .where('jobs.state', 'in', ['starting', 'running']);
  if (jobId !== undefined) query = query.where('jobs.id', '=', jobId);
  return db
    .all(query)
    .map(({ state, user, timeLimitMs, cancelRequestedAt, arrayId, maxParallel, submission: text, ...row }) => {
      const submission = text === null ? null : (JSON.parse(text) as Submission);
      const job = { state, user, timeLimitMs, cancelRequestedAt, arrayId, maxParallel, submission };
      return { ...read(row), job };
    });
}

function readToClear(db: Database, jobId?: number): AttemptRecord[] {
  // As the index says it.
  const uncleared = sql<SqlBool>`cleared = 0`;
  let query = db.sql.selectFrom('attempts').selectAll().where(uncleared).where('endedAt', 'is not', null);
  if (jobId !== undefined) query = query.where('jobId', '=', jobId);
  return db.all(query).map(read);
}
