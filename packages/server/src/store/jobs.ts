// The one table that every change goes through. A change names the states it may start from, bumps the row's revision
// and leaves an event, all in one transaction: a race is decided by whoever commits first, without locks.
import type { JobSort, JobState, Outcome, Problem, Submission } from '@dopq/contract';
import { type Insertable, type RawBuilder, type Selectable, sql, type SqlBool, type Updateable } from 'kysely';
import type { Clock } from '../clock.ts';
import type { Database } from './database.ts';
import type { Events, NewEvent } from './events.ts';
import { ACTIVE_STATES, type JobFilter, jobsBy, matchesFilter, SORT_BY, sortIndex, textIndex } from './job-filter.ts';
import type { Dependency, JobTable } from './schema.ts';
import { type WaitingJob, WaitingJobs } from './waiting-jobs.ts';

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

export interface Page {
  offset: number;
  limit: number;
}

export type NewJob = Pick<Insertable<JobTable>, 'user' | 'name' | 'state' | 'source' | 'inbox' | 'file' | 'zipPlace'> &
  Partial<
    Pick<Insertable<JobTable>, 'receiptName' | 'identity' | 'zipPath' | 'zipBytes' | 'reason'> &
      Pick<Insertable<JobTable>, 'retryOf' | 'changes' | 'arrayIndex' | 'arrayCount'>
  > & {
    unverified: boolean;
  };

const MOST_COUNTS = 100;

export class Jobs {
  readonly #db: Database;
  readonly #events: Events;
  readonly #clock: Clock;
  readonly #waiting: WaitingJobs;
  #version = 0;
  /** Filter -> how many jobs it matched in this version. */
  readonly #counts = new Map<string, number>();

  constructor(db: Database, events: Events, clock: Clock) {
    this.#db = db;
    this.#waiting = new WaitingJobs(db);
    this.#events = events;
    this.#clock = clock;
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
          .where('state', '<>', 'finished')
          .orderBy('id'),
      )
      .map(readJob);
  }

  /** The first moment after `now` at which a waiting job may start that may not yet; undefined = there is none. */
  nextEarliestStart(now: number): number | undefined {
    const { sql } = this.#db;
    const query = sql.selectFrom('jobs').select('notBeforeAt').where('state', '=', 'queued');
    return (
      this.#db.find(query.where('notBeforeAt', '>', now).orderBy('notBeforeAt').limit(1))?.notBeforeAt ?? undefined
    );
  }

  #changed(id: number): void {
    this.#waiting.touch(id);
    this.#version++;
    this.#counts.clear();
  }

  #touch(id: number): void {
    this.#db.run(
      this.#db.sql
        .updateTable('jobs')
        .set((eb) => ({ revision: eb('revision', '+', 1) }))
        .where('id', '=', id),
    );
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

  /** Pages of one list ask for the same number again and again: it is counted once between two changes. */
  count(filter: JobFilter): number {
    const key = JSON.stringify(filter);
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const query = jobsBy(this.#db.sql, textIndex(filter)).select((eb) => eb.fn.countAll<number>().as('count'));
    const count = this.#db.find(query.where(matchesFilter(filter)))?.count ?? 0;
    if (this.#counts.size >= MOST_COUNTS) this.#counts.clear();
    this.#counts.set(key, count);
    return count;
  }

  /** A part of a sorted list. Jobs that are alike come newest first, in ascending order oldest first; those without a value last. */
  page(
    filter: JobFilter,
    { sort, descending, offset, limit }: Page & { sort: Exclude<JobSort, 'serving'>; descending: boolean },
  ): JobRecord[] {
    const by = sql.raw(SORT_BY[sort].expression);
    const direction = descending ? 'desc' : 'asc';
    // Only the numbers are sorted: rows are wide. Jobs with and without a value are asked for one after the other: an index has
    // the order of each, and not that of both.
    const index = textIndex(filter) ?? sortIndex(filter, sort);
    const ids = jobsBy(this.#db.sql, index).select('id').where(matchesFilter(filter));
    const valued = SORT_BY[sort].isOptional ? ids.where(sql<SqlBool>`${by} is not null`) : ids;
    const found = this.#db.all(valued.orderBy(by, direction).orderBy('id', direction).limit(limit).offset(offset));
    if (SORT_BY[sort].isOptional && found.length < limit) {
      const count = found.length > 0 || offset === 0 ? offset + found.length : this.#countValued(filter, by);
      const rest = { limit: limit - found.length, offset: Math.max(0, offset - count) };
      const without = ids.where(sql<SqlBool>`${by} is null`).orderBy('id', direction);
      found.push(...this.#db.all(without.limit(rest.limit).offset(rest.offset)));
    }
    return found.map(({ id }) => this.get(id));
  }

  #countValued(filter: JobFilter, by: RawBuilder<unknown>): number {
    const query = this.#db.sql.selectFrom('jobs').select((eb) => eb.fn.countAll<number>().as('count'));
    return this.#db.find(query.where(matchesFilter(filter)).where(sql<SqlBool>`${by} is not null`))?.count ?? 0;
  }

  /** What is needed to put jobs in the order they are served; thousands of them cost little. */
  stages(filter: JobFilter): Pick<JobRecord, 'id' | 'state' | 'startedAt'>[] {
    return this.#db.all(
      this.#db.sql.selectFrom('jobs').select(['id', 'state', 'startedAt']).where(matchesFilter(filter)),
    );
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

  /** Every image that a job was given: when a job last used it, and how many that have not ended will. */
  imageUses(): { imageId: string; lastUsedAt: number; active: number }[] {
    const now = this.#clock.now();
    return this.#db
      .all(
        this.#db.sql
          .selectFrom('jobs')
          .select((eb) => [
            'imageId',
            eb.fn.max(eb.fn.coalesce('finishedAt', eb.val(now))).as('lastUsedAt'),
            eb.fn.sum<number>(eb.case().when('state', '=', 'finished').then(0).else(1).end()).as('active'),
          ])
          .where('imageId', 'is not', null)
          .groupBy('imageId'),
      )
      .map(({ imageId, lastUsedAt, active }) => ({ imageId: imageId ?? '', lastUsedAt, active }));
  }

  /** The job whose archive it was made from: of an array the first one. */
  archiveHolder(job: JobRecord): JobRecord {
    return job.arrayId === null || job.arrayId === job.id ? job : this.get(job.arrayId);
  }

  /** Jobs that have not ended, or of whose array not all have, and those whose archive still has to go where it belongs. */
  idsThatNeedTheirZip(): Set<number> {
    const rows = this.#db.all(
      this.#db.sql
        .selectFrom('jobs')
        .select((eb) => eb.fn.coalesce('arrayId', 'id').as('id'))
        .where((eb) =>
          eb.or([
            eb('state', '!=', 'finished'),
            eb.and([eb('zipPlace', '=', 'accepted'), eb('outcome', 'in', ['rejected', 'build_failed'])]),
          ]),
        ),
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Jobs that have not ended, and those whose log is still being written down. */
  idsThatNeedTheirLog(): Set<number> {
    const active = this.#db.all(this.#db.sql.selectFrom('jobs').select('id').where('state', '!=', 'finished'));
    const unwritten = this.#db.all(this.#db.sql.selectFrom('attempts').select('jobId as id').where('cleared', '=', 0));
    return new Set([...active, ...unwritten].map(({ id }) => id));
  }

  /** Its archive is gone. No news for its receipt, which its owner may have thrown away. */
  markZipRemoved(id: number): void {
    const patch = { zipPlace: 'removed', zipPath: null } as const;
    this.#db.run(this.#db.sql.updateTable('jobs').set(patch).where('id', '=', id).where('state', '=', 'finished'));
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

  /** How many containers of each user ran to an end. */
  countRan(): { user: string; count: number }[] {
    return this.#db.all(
      this.#db.sql
        .selectFrom('attempts')
        .innerJoin('jobs', 'jobs.id', 'attempts.jobId')
        .select((eb) => ['jobs.user', eb.fn.countAll<number>().as('count')])
        .where('attempts.startedAt', 'is not', null)
        .where('attempts.endedAt', 'is not', null)
        .groupBy('jobs.user'),
    );
  }

  /** Takes finished jobs out of every list; their attempts still count. @returns how many */
  clearHistory({ before, user, at }: { before: number; user?: string | undefined; at: number }): number {
    let query = this.#db.sql
      .updateTable('jobs')
      .set({ clearedAt: at })
      .where('state', '=', 'finished')
      .where('finishedAt', '<=', before)
      .where('clearedAt', 'is', null);
    if (user !== undefined) query = query.where('user', '=', user);
    this.#counts.clear();
    this.#version++;
    return this.#db.run(query).changes;
  }

  /**
   * Removes cleared jobs and all that is recorded of them. Those that still have something on the engine or in an inbox stay
   * until that is gone.
   * @returns how many
   */
  forgetCleared({ before, user }: { before: number; user?: string | undefined }): number {
    let doomed = this.#db.sql
      .selectFrom('jobs')
      .select('jobs.id')
      .where('clearedAt', 'is not', null)
      .where('finishedAt', '<=', before)
      .where('receiptName', 'is', null)
      .where('zipPlace', '!=', 'inbox')
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('attempts')
              .select('attempts.jobId')
              .whereRef('attempts.jobId', '=', 'jobs.id')
              .where('attempts.cleared', '=', 0),
          ),
        ),
      );
    if (user !== undefined) doomed = doomed.where('user', '=', user);
    const { sql } = this.#db;
    // The first job of an array goes last.
    const ids = this.#db.all(doomed.orderBy('id', 'desc')).map(({ id }) => id);
    const isNeeded = (id: number) =>
      this.#db.find(sql.selectFrom('jobs').select('id').where('arrayId', '=', id).where('id', '!=', id).limit(1));
    let count = 0;
    for (const id of ids) {
      if (isNeeded(id)) continue;
      count += 1;
      for (const table of ['attempts', 'events', 'jobUse', 'jobConfigs'] as const) {
        this.#db.run(sql.deleteFrom(table).where('jobId', '=', id));
      }
      this.#db.run(sql.deleteFrom('jobs').where('id', '=', id));
    }
    return count;
  }

  /** Finished jobs, also those of a cleared history. */
  countFinished(): { user: string; outcome: Outcome; count: number }[] {
    return this.#db.all(
      this.#db.sql
        .selectFrom('jobs')
        .select((eb) => ['user', 'outcome', eb.fn.countAll<number>().as('count')])
        .where('state', '=', 'finished')
        .groupBy(['user', 'outcome']),
    ) as { user: string; outcome: Outcome; count: number }[];
  }

  /** Jobs that have not finished, by state. */
  countActive(): Partial<Record<JobState, number>> {
    const rows = this.#db.all(
      this.#db.sql
        .selectFrom('jobs')
        .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
        .where('state', 'in', [...ACTIVE_STATES])
        .groupBy('state'),
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  countBy(column: 'state' | 'outcome' | 'user'): { key: string; state: JobState; count: number }[] {
    return this.#db.all(
      this.#db.sql
        .selectFrom('jobs')
        .select((eb) => [eb.ref(column).as('key'), 'state', eb.fn.countAll<number>().as('count')])
        .groupBy([column, 'state']),
    ) as { key: string; state: JobState; count: number }[];
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
