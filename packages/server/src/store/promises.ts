// What DoPQ told people about their jobs' starts, so that it can be held against what happened.
import type { Prediction } from '@dopq/scheduler';
import type { Database } from './database.ts';

export class Promises {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Keeps the first prediction of each queued job; later ones change nothing. */
  record(predictions: ReadonlyMap<number, Prediction>): void {
    const { sql } = this.#db;
    const open = this.#db.all(
      sql.selectFrom('jobs').select('id').where('state', '=', 'queued').where('promisedP90At', 'is', null),
    );
    const told = open.flatMap(({ id }) => {
      const prediction = predictions.get(id);
      // What is reckoned from means of run times has fractions of milliseconds; the table has none.
      return prediction
        ? [{ id, promisedP50At: Math.round(prediction.p50At), promisedP90At: Math.round(prediction.p90At) }]
        : [];
    });
    if (told.length === 0) return;
    this.#db.transaction(() => {
      for (const { id, ...promise } of told) this.#db.run(sql.updateTable('jobs').set(promise).where('id', '=', id));
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
        .where('promisedP90At', 'is not', null),
    );
    return row ?? { started: 0, keptP50: 0, keptP90: 0 };
  }
}
