// Parts of long lists, and how long these are: with a hundred thousand jobs in the history each page costs what it shows.
import type { JobSort } from '@dopq/contract';
import { type RawBuilder, sql, type SqlBool } from 'kysely';
import type { Database } from './database.ts';
import { type JobFilter, jobsBy, matchesFilter, SORT_BY, sortIndex, textIndex } from './job-filter.ts';
import type { JobRecord, Jobs } from './jobs.ts';

const MOST_COUNTS = 100;

export class JobPages {
  readonly #db: Database;
  readonly #jobs: Jobs;
  /** Filter -> how many jobs it matched in that version of the jobs. */
  readonly #counts = new Map<string, number>();
  #countedAt = 0;

  constructor(db: Database, jobs: Jobs) {
    this.#db = db;
    this.#jobs = jobs;
  }

  /** Pages of one list ask for the same number again and again: it is counted once between two changes. */
  count(filter: JobFilter): number {
    if (this.#countedAt !== this.#jobs.version) this.#counts.clear();
    this.#countedAt = this.#jobs.version;
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
    {
      sort,
      descending,
      offset,
      limit,
    }: { offset: number; limit: number; sort: Exclude<JobSort, 'serving'>; descending: boolean },
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
    return found.map(({ id }) => this.#jobs.get(id));
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
}
