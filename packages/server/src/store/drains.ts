// GPUs and machines that a person took out of use: what runs there goes on, nothing starts there.
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { DrainTable } from './schema.ts';

export type DrainRecord = Selectable<DrainTable>;

export class Drains {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(): DrainRecord[] {
    return this.#db.all(this.#db.sql.selectFrom('drains').selectAll().orderBy('subject'));
  }

  /** A second one of the same subject takes the first one's place. */
  put(drain: DrainRecord): void {
    const { subject: _, ...rest } = drain;
    this.#db.run(
      this.#db.sql
        .insertInto('drains')
        .values(drain)
        .onConflict((conflict) => conflict.column('subject').doUpdateSet(rest)),
    );
  }

  /** @returns false if there was none */
  remove(subject: string): boolean {
    return this.#db.run(this.#db.sql.deleteFrom('drains').where('subject', '=', subject)).changes > 0;
  }
}
