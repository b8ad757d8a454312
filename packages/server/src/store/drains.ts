// GPUs and machines that a person took out of use: what runs there goes on, nothing starts there.
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import { Remembered } from './remembered.ts';
import type { DrainTable } from './schema.ts';

export type DrainRecord = Selectable<DrainTable>;

export class Drains {
  readonly #db: Database;
  readonly #all: Remembered<readonly DrainRecord[]>;

  constructor(db: Database) {
    this.#db = db;
    this.#all = new Remembered(db, () => db.all(db.sql.selectFrom('drains').selectAll().orderBy('subject')));
  }

  list(): readonly DrainRecord[] {
    return this.#all.get();
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
    this.#all.forget();
  }

  /** @returns false if there was none */
  remove(subject: string): boolean {
    const { changes } = this.#db.run(this.#db.sql.deleteFrom('drains').where('subject', '=', subject));
    this.#all.forget();
    return changes > 0;
  }
}
