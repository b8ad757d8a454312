// The one table that every change goes through. A change names the states it may start from, bumps the row's revision
// and leaves an event, all in one transaction: a race is decided by whoever commits first, without locks.
import type { JobState, Outcome, Problem, Submission } from '@dopq/contract';
import { type Insertable, type Selectable, sql, type SqlBool, type Updateable } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import type { Events, NewEvent } from './events.ts';
import { type JobFilter, matchesFilter } from './job-filter.ts';
import type { Dependency, JobTable } from './schema.ts';
import type { RememberedRows } from './remembered.ts';
import { type WaitingJob, waitingJobs } from './waiting-jobs.ts';

export type JobRow = Selectable<JobTable>;

/** A job as the server thinks of it: the row with its JSON columns read. */
export interface JobRecord
  extends Omit<JobRow, 'notes' | 'problems' | 'submission' | 'unverified' | 'dependsOn' | 'changes'> {
  notes: string[];
  problems: Problem[];
  submission: Submission | null;
  unverified: boolean;
  dependsOn: Dependency[];
  changes: Record<string, unknown> | null;
}

export type JobPatch = Omit<
  Updateable<JobTable>,
  'id' | 'revision' | 'notes' | 'problems' | 'submission' | 'unverified' | 'dependsOn' | 'changes'
> & {
  notes?: string[];
  problems?: Problem[];
  submission?: Submission;
  unverified?: boolean;
  dependsOn?: Dependency[];
};

export type NewJob = Pick<Insertable<JobTable>, 'user' | 'name' | 'state' | 'source' | 'inbox' | 'file' | 'zipPlace'> &
  Partial<
    Pick<Insertable<JobTable>, 'receiptName' | 'identity' | 'zipPath' | 'zipBytes' | 'reason'> &
      Pick<Insertable<JobTable>, 'retryOf' | 'changes' | 'arrayIndex' | 'arrayCount'>
  > & {
    unverified: boolean;
  };

export class Jobs {
  readonly #db: Database;
  readonly #events: Events;
  readonly #clock: Clock;
  readonly #waiting: RememberedRows<WaitingJob>;
  readonly #listeners: ((id: number) => void)[] = [];
  #version = 0;

  constructor(db: Database, events: Events, clock: Clock) {
    this.#db = db;
    this.#waiting = waitingJobs(db);
    this.#events = events;
    this.#clock = clock;
  }

  /** Calls `listener` at each change of a job, inside its transaction. */
  onChange(listener: (id: number) => void): void {
    this.#listeners.push(listener);
  }

  /** Grows with every change of any job, as long as this process lives. */
  get version(): number {
    return this.#version;
  }

  create(job: NewJob, event: NewEvent): JobRecord {
    return this.#db.transaction(() => {
      const at = this.#clock.now();
      const { id } = this.#db.run(
        this.#db.sql
          .insertInto('jobs')
          .values({ ...job, unverified: job.unverified ? 1 : 0, notes: '[]', createdAt: at }),
      );
      this.#events.append({ ...event, at, jobId: id });
      this.#changed(id);
      return this.get(id);
    }, event.kind);
  }

  /**
   * Changes a job if it is still in one of the states `from`.
   * @returns the job as it is now, or undefined if it had moved on (then nothing was changed)
   */
  change(id: number, from: readonly JobState[], patch: JobPatch, event?: NewEvent): JobRecord | undefined {
    return this.#db.transaction(() => {
      const { notes, problems, submission, unverified, dependsOn, ...rest } = patch;
      const { changes } = this.#db.run(
        this.#db.sql
          .updateTable('jobs')
          .set((eb) => ({
            ...rest,
            ...(notes && { notes: JSON.stringify(notes) }),
            ...(problems && { problems: JSON.stringify(problems) }),
            ...(submission && { submission: JSON.stringify(submission) }),
            ...(dependsOn && { dependsOn: dependsOn.length > 0 ? JSON.stringify(dependsOn) : null }),
            ...(unverified !== undefined && { unverified: unverified ? 1 : 0 }),
            revision: eb('revision', '+', 1),
          }))
          .where('id', '=', id)
          .where('state', 'in', [...from]),
      );
      if (changes === 0) return undefined;
      this.#changed(id);
      if (event) this.#events.append({ ...event, at: this.#clock.now(), jobId: id });
      const job = this.get(id);
      // The receipt of an array is its first job's: it tells how all of them fare.
      if (patch.state && job.arrayId !== null && job.arrayId !== id) this.#touch(job.arrayId);
      return job;
    }, event?.kind);
  }

  /**
   * Makes an array of a job that is built: the others of it, each with its index, in the same state. The job itself becomes
   * index 0; its number is the array's.
   */
  expand(id: number, count: number, maxParallel: number | null): void {
    this.#db.transaction(() => {
      this.#db.run(
        this.#db.sql
          .updateTable('jobs')
          .set({ arrayId: id, arrayIndex: 0, arrayCount: count, maxParallel })
          .where('id', '=', id),
      );
      this.#changed(id);
      const { id: _, ...first } = this.#row(id);
      // The archive and the receipt are the first job's.
      const others = { ...first, receiptName: null, receiptRevision: 0, identity: null, inbox: null };
      const file = { zipPath: null, zipPlace: 'removed', revision: 1 } as const;
      for (let arrayIndex = 1; arrayIndex < count; arrayIndex++) {
        const made = this.#db.run(this.#db.sql.insertInto('jobs').values({ ...others, ...file, arrayIndex }));
        const event = { actor: 'queue', kind: 'queued', message: `number ${arrayIndex} of the array #${id}` };
        this.#events.append({ ...event, at: this.#clock.now(), jobId: made.id });
        this.#changed(made.id);
      }
    });
  }

  /** All jobs of an array by its number, in order; of a single job, that one. */
  membersOf(id: number): JobRecord[] {
    const members = this.#db.all(
      this.#db.sql.selectFrom('jobs').selectAll().where('arrayId', '=', id).orderBy('arrayIndex'),
    );
    const single = members.length === 0 ? this.find(id) : undefined;
    return single ? [single] : members.map(readJob);
  }

  /** How many jobs of an array are in each state or have each outcome. */
  countMembers(arrayId: number): { state: JobState; outcome: Outcome | null; count: number }[] {
    return this.#db.all(
      this.#db.sql
        .selectFrom('jobs')
        .select((eb) => ['state', 'outcome', eb.fn.countAll<number>().as('count')])
        .where('arrayId', '=', arrayId)
        .groupBy(['state', 'outcome']),
    );
  }

  /** The newest job of a user with this name, other than `exceptId`; of an array its first one. */
  findNewestNamed(user: string, name: string, exceptId: number): JobRecord | undefined {
    const row = this.#db.find(
      this.#db.sql
        .selectFrom('jobs')
        .selectAll()
        .where('user', '=', user)
        .where('name', '=', name)
        .where('id', '!=', exceptId)
        .where((eb) => eb.or([eb('arrayId', 'is', null), eb('arrayIndex', '=', 0)]))
        .orderBy('id', 'desc')
        .limit(1),
    );
    return row && readJob(row);
  }

  /** Jobs that have not ended and were submitted to start after others. */
  withDependencies(): JobRecord[] {
    return this.#db
      .all(
        this.#db.sql
          .selectFrom('jobs')
          .selectAll()
          .where('dependsOn', 'is not', null)
          // As the index says it, or the database would walk the history.
          .where(sql<SqlBool>`state <> 'finished'`)
          .orderBy('id'),
      )
      .map(readJob);
  }

  /** So many have changed, or are gone, that nobody names them. */
  touchAll(): void {
    this.#waiting.forget();
    this.#version++;
  }

  #changed(id: number): void {
    this.#waiting.touch(id);
    for (const listener of this.#listeners) listener(id);
    this.#version++;
  }

  #touch(id: number): void {
    this.#db.run(
      this.#db.sql
        .updateTable('jobs')
        .set((eb) => ({ revision: eb('revision', '+', 1) }))
        .where('id', '=', id),
    );
    this.#changed(id);
  }

  #row(id: number): JobRow {
    const row = this.#db.find(this.#db.sql.selectFrom('jobs').selectAll().where('id', '=', id));
    if (!row) throw new Error(`no job #${id}`);
    return row;
  }

  /** @throws Error if there is no such job; use `find` where that is possible */
  get(id: number): JobRecord {
    const job = this.find(id);
    if (!job) throw new Error(`no job #${id}`);
    return job;
  }

  find(id: number): JobRecord | undefined {
    const row = this.#db.find(this.#db.sql.selectFrom('jobs').selectAll().where('id', '=', id));
    return row && readJob(row);
  }

  /** Active jobs oldest first; finished ones newest first. */
  list({ limit, ...filter }: JobFilter & { limit: number }): JobRecord[] {
    let query = this.#db.sql.selectFrom('jobs').selectAll().limit(limit).where(matchesFilter(filter));
    if (filter.scope === 'active') query = query.orderBy('id');
    if (filter.scope === 'finished') query = query.orderBy('finishedAt', 'desc').orderBy('id', 'desc');
    if (filter.scope === 'all') query = query.orderBy('id', 'desc');
    return this.#db.all(query).map(readJob);
  }

  inStates(...states: JobState[]): JobRecord[] {
    return this.#db
      .all(this.#db.sql.selectFrom('jobs').selectAll().where('state', 'in', states).orderBy('id'))
      .map(readJob);
  }

  /** All queued jobs, oldest first, with what their order and fit are decided by. */
  waiting(): readonly WaitingJob[] {
    return this.#waiting.all();
  }

  /** The job whose archive it was made from: of an array the first one. */
  archiveHolder(job: JobRecord): JobRecord {
    return job.arrayId === null || job.arrayId === job.id ? job : this.get(job.arrayId);
  }
}

/** A row with its JSON columns read. */
export function readJob(row: JobRow): JobRecord {
  return {
    ...row,
    notes: JSON.parse(row.notes) as string[],
    problems: JSON.parse(row.problems) as Problem[],
    submission: row.submission === null ? null : (JSON.parse(row.submission) as Submission),
    unverified: row.unverified === 1,
    dependsOn: row.dependsOn === null ? [] : (JSON.parse(row.dependsOn) as Dependency[]),
    changes: row.changes === null ? null : (JSON.parse(row.changes) as Record<string, unknown>),
  };
}
