import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { SecretTable } from './schema.ts';

export type SecretRecord = Selectable<SecretTable>;

/** Sealed values: what they say is known to secrets/vault.ts alone. */
export class Secrets {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Those in force, by name. */
  ofUser(user: string): SecretRecord[] {
    return this.#db.all(
      this.#db.sql
        .selectFrom('secrets')
        .selectAll()
        .where('user', '=', user)
        .where('retiredAt', 'is', null)
        .orderBy('name'),
    );
  }

  /** Those in force and those that containers may still have. */
  ever(user?: string): SecretRecord[] {
    const query = this.#db.sql.selectFrom('secrets').selectAll();
    return this.#db.all(user === undefined ? query : query.where('user', '=', user));
  }

  add(secret: Pick<SecretRecord, 'user' | 'name' | 'sealed' | 'createdAt' | 'updatedAt'>): void {
    this.#db.run(this.#db.sql.insertInto('secrets').values({ ...secret, retiredAt: null }));
  }

  /** Takes one out of force; its value stays known for masking. @returns when it was first set, undefined if there is none */
  retire(user: string, name: string, at: number): number | undefined {
    const { sql } = this.#db;
    const found = this.#db.find(
      sql
        .selectFrom('secrets')
        .select(['id', 'createdAt'])
        .where('user', '=', user)
        .where('name', '=', name)
        .where('retiredAt', 'is', null),
    );
    if (found) this.#db.run(sql.updateTable('secrets').set({ retiredAt: at }).where('id', '=', found.id));
    return found?.createdAt;
  }

  dropRetired(user: string): void {
    this.#db.run(this.#db.sql.deleteFrom('secrets').where('user', '=', user).where('retiredAt', 'is not', null));
  }
}
