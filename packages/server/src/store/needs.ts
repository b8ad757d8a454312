// What jobs still need of all that lies about because of them: their archives, their logs, their images.
import { sql, type SqlBool } from 'kysely';
import type { Database } from './database.ts';
import { ACTIVE_STATES } from './job-filter.ts';

export class Needs {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Of jobs that have not ended, or of whose array not all have, and those whose archive still has to go where it belongs. */
  zips(): Set<number> {
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

  /** Of jobs that have not ended, and those whose log is still being written down. */
  logs(): Set<number> {
    const { sql: db } = this.#db;
    const active = this.#db.all(db.selectFrom('jobs').select('id').where('state', 'in', ACTIVE_STATES));
    // As the index says it.
    const isOpen = sql<SqlBool>`cleared = 0`;
    const unwritten = this.#db.all(db.selectFrom('attempts').select('jobId as id').where(isOpen));
    return new Set([...active, ...unwritten].map(({ id }) => id));
  }

  /** Every image that a job was given: when a job last used it, and how many that have not ended will. */
  images(now: number): { imageId: string; lastUsedAt: number; active: number }[] {
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
}
