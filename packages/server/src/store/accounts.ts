// How people prove who they are: logins, and the secrets (as hashes) that stand for them. Who they are is in `users`.
import type { Insertable, Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { CredentialTable, LoginTable } from './schema.ts';

export type LoginRecord = Selectable<LoginTable>;
export type CredentialRecord = Selectable<CredentialTable>;
type Kind = CredentialTable['kind'];

export class Accounts {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The name is found in whatever case it is written. */
  findLogin(user: string): LoginRecord | undefined {
    return this.#db.find(this.#db.sql.selectFrom('logins').selectAll().where('user', '=', user));
  }

  pendingLogins(): LoginRecord[] {
    return this.#db.all(
      this.#db.sql.selectFrom('logins').selectAll().where('approvedAt', 'is', null).orderBy('createdAt'),
    );
  }

  /** Users with that role who can sign in. */
  countAdminLogins(): number {
    const { sql } = this.#db;
    const query = sql
      .selectFrom('logins')
      .innerJoin('users', 'users.name', 'logins.user')
      .where('users.role', '=', 'admin')
      .where('users.disabledAt', 'is', null)
      .where('logins.approvedAt', 'is not', null);
    return this.#db.find(query.select((eb) => eb.fn.countAll<number>().as('count')))?.count ?? 0;
  }

  /** Adds a login, or gives the one there is another password. */
  putLogin(login: LoginRecord): void {
    const { email, password, approvedAt } = login;
    this.#db.run(
      this.#db.sql
        .insertInto('logins')
        .values(login)
        .onConflict((conflict) => conflict.column('user').doUpdateSet({ email, password, approvedAt })),
    );
  }

  approveLogin(user: string, approvedAt: number): void {
    this.#db.run(this.#db.sql.updateTable('logins').set({ approvedAt }).where('user', '=', user));
  }

  removeLogin(user: string): void {
    this.#db.run(this.#db.sql.deleteFrom('logins').where('user', '=', user));
  }

  addCredential(credential: Omit<Insertable<CredentialTable>, 'id'>): CredentialRecord {
    return this.#db.transaction(() => {
      const { id } = this.#db.run(this.#db.sql.insertInto('credentials').values(credential));
      const added = this.#db.find(this.#db.sql.selectFrom('credentials').selectAll().where('id', '=', id));
      if (!added) throw new Error(`credential ${id} vanished while being added`);
      return added;
    });
  }

  /** Undefined also if it has expired. */
  findCredential(kind: Kind, hash: string, now: number): CredentialRecord | undefined {
    const found = this.#db.find(
      this.#db.sql.selectFrom('credentials').selectAll().where('hash', '=', hash).where('kind', '=', kind),
    );
    return found && (found.expiresAt === null || found.expiresAt > now) ? found : undefined;
  }

  /** Those that have not expired, newest first. */
  listCredentials(user: string, kind: Kind, now: number): CredentialRecord[] {
    return this.#db.all(
      this.#db.sql
        .selectFrom('credentials')
        .selectAll()
        .where('user', '=', user)
        .where('kind', '=', kind)
        .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', now)]))
        .orderBy('id', 'desc'),
    );
  }

  /** Nobody waits for this: it wakes nobody. */
  noteUse(id: number, use: { usedAt: number; usedFrom: string; expiresAt: number | null }): void {
    this.#db.quietly(() => this.#db.run(this.#db.sql.updateTable('credentials').set(use).where('id', '=', id)));
  }

  /** @returns how many there were */
  removeCredentials(user: string, kind: Kind, which: { id?: number | undefined; butId?: number | undefined }): number {
    let query = this.#db.sql.deleteFrom('credentials').where('user', '=', user).where('kind', '=', kind);
    if (which.id !== undefined) query = query.where('id', '=', which.id);
    if (which.butId !== undefined) query = query.where('id', '!=', which.butId);
    return this.#db.run(query).changes;
  }

  removeExpired(now: number): void {
    this.#db.run(this.#db.sql.deleteFrom('credentials').where('expiresAt', '<=', now));
  }
}
