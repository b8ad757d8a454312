import type { JobState, Outcome } from '@dopq/contract';
import type { Database } from './database.ts';
import { ACTIVE_STATES } from './job-filter.ts';

/** How many jobs there are of each kind. */
export class JobCounts {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Finished jobs, also those of a cleared history. */
  finished(): { user: string; outcome: Outcome; count: number }[] {
    return this.#db.all(
      this.#db.sql
        .selectFrom('jobs')
        .select((eb) => ['user', 'outcome', eb.fn.countAll<number>().as('count')])
        .where('state', '=', 'finished')
        .groupBy(['user', 'outcome']),
    ) as { user: string; outcome: Outcome; count: number }[];
  }

  /** Jobs that have not finished, by state. */
  active(): Partial<Record<JobState, number>> {
    const rows = this.#db.all(
      this.#db.sql
        .selectFrom('jobs')
        .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
        .where('state', 'in', [...ACTIVE_STATES])
        .groupBy('state'),
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  }

  by(column: 'state' | 'outcome' | 'user'): { key: string; state: JobState; count: number }[] {
    return this.#db.all(
      this.#db.sql
        .selectFrom('jobs')
        .select((eb) => [eb.ref(column).as('key'), 'state', eb.fn.countAll<number>().as('count')])
        .groupBy([column, 'state']),
    ) as { key: string; state: JobState; count: number }[];
  }

  /** How many containers of each user ran to an end. */
  ran(): { user: string; count: number }[] {
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
}
