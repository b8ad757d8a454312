// What DoPQ told people about their jobs' starts, so that it can be held against what happened, and the next predictions corrected.
import type { Prediction, Told } from '@dopq/scheduler';
import type { Database } from './database.ts';

/** A promise was about the place a job had: with another one, it gets another one. */
export const NO_PROMISE = {
  promisedAt: null,
  foreseenP50At: null,
  foreseenP90At: null,
  promisedP50At: null,
  promisedP90At: null,
} as const;

/** What was foreseen at one moment, and what people were told of it. */
export interface Forecast {
  at: number;
  foreseen: ReadonlyMap<number, Prediction>;
  told: ReadonlyMap<number, Prediction>;
}

/** Enough to tell short waits from long ones, and new enough to be about the lab as it is. */
const NEWEST = 2000;

export class Promises {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Keeps the first prediction of each queued job; later ones change nothing. */
  record({ at, foreseen, told }: Forecast): void {
    const { sql } = this.#db;
    const open = this.#db.all(
      sql.selectFrom('jobs').select('id').where('state', '=', 'queued').where('promisedAt', 'is', null),
    );
    const promises = open.flatMap(({ id }) => {
      const [before, after] = [foreseen.get(id), told.get(id)];
      if (!before || !after) return [];
      // What is reckoned from means of run times has fractions of milliseconds; the table has none.
      const foreseenAt = { foreseenP50At: Math.round(before.p50At), foreseenP90At: Math.round(before.p90At) };
      const promisedAt = { promisedP50At: Math.round(after.p50At), promisedP90At: Math.round(after.p90At) };
      return [{ id, promisedAt: at, ...foreseenAt, ...promisedAt }];
    });
    if (promises.length === 0) return;
    this.#db.transaction(() => {
      for (const { id, ...promise } of promises) {
        this.#db.run(sql.updateTable('jobs').set(promise).where('id', '=', id));
      }
    });
  }

  /** The newest promises beside what became of them by `now`. */
  newest(now: number): Told[] {
    const { sql } = this.#db;
    const rows = this.#db.all(
      sql
        .selectFrom('jobs')
        .select(['promisedAt', 'foreseenP50At', 'foreseenP90At', 'promisedP50At', 'promisedP90At'])
        .select(['startedAt', 'finishedAt'])
        .where('promisedAt', 'is not', null)
        .orderBy('promisedAt', 'desc')
        .limit(NEWEST),
    );
    return rows.map((row) => {
      const from = row.promisedAt ?? now;
      return {
        foreseenP50Ms: (row.foreseenP50At ?? from) - from,
        foreseenP90Ms: (row.foreseenP90At ?? from) - from,
        toldP50Ms: (row.promisedP50At ?? from) - from,
        toldP90Ms: (row.promisedP90At ?? from) - from,
        waitedMs: Math.max(0, (row.startedAt ?? row.finishedAt ?? now) - from),
        started: row.startedAt !== null,
      };
    });
  }

  /** Of all jobs that had a promise and started: how many had started by their P50, by their P90. */
  count(): { started: number; keptP50: number; keptP90: number } {
    const { sql } = this.#db;
    const row = this.#db.find(
      sql
        .selectFrom('jobs')
        .select((eb) => [
          eb.fn.countAll<number>().as('started'),
          eb.fn.countAll<number>().filterWhereRef('startedAt', '<=', 'promisedP50At').as('keptP50'),
          eb.fn.countAll<number>().filterWhereRef('startedAt', '<=', 'promisedP90At').as('keptP90'),
        ])
        .where('startedAt', 'is not', null)
        .where('promisedAt', 'is not', null),
    );
    return row ?? { started: 0, keptP50: 0, keptP90: 0 };
  }
}
