import type { Role } from '@dopq/contract';
import type { Database } from './database.ts';
import { Remembered } from './remembered.ts';
import type { UserTable } from './schema.ts';
import type { Selectable } from 'kysely';

export type UserRecord = Selectable<UserTable>;

/** First of the uids given to users who have none of their own; far above what Linux hands out to people. */
const SYNTHETIC_UID_BASE = 200_000;

export class Users {
  readonly #db: Database;
  readonly #all: Remembered<readonly UserRecord[]>;

  constructor(db: Database) {
    this.#db = db;
    this.#all = new Remembered(db, () => db.all(db.sql.selectFrom('users').selectAll().orderBy('name')));
  }

  /** By name. */
  list(): readonly UserRecord[] {
    return this.#all.get();
  }

  find(name: string): UserRecord | undefined {
    return this.#db.find(this.#db.sql.selectFrom('users').selectAll().where('name', '=', name));
  }

  /** Adds a user; without a uid the next synthetic one is given, for good. */
  add(user: { name: string; email?: string | undefined; uid?: number | undefined }, at: number): UserRecord {
    return this.#db.transaction(() => {
      const uid = user.uid ?? this.#nextSyntheticUid();
      this.#db.run(
        this.#db.sql
          .insertInto('users')
          .values({ name: user.name, email: user.email ?? null, uid, disabledAt: null, createdAt: at }),
      );
      this.#all.forget();
      const added = this.find(user.name);
      if (!added) throw new Error(`user ${user.name} vanished while being added`);
      return added;
    });
  }

  change(
    name: string,
    patch: Partial<Pick<UserRecord, 'shares' | 'maxRunningJobs' | 'maxRunningGpus' | 'maxQueuedJobs'>>,
  ): void {
    this.#set(name, patch);
  }

  setRole(name: string, role: Role): void {
    this.#set(name, { role });
  }

  setDisabled(name: string, disabledAt: number | null): void {
    this.#set(name, { disabledAt });
  }

  #set(name: string, patch: Partial<UserRecord>): void {
    this.#db.run(this.#db.sql.updateTable('users').set(patch).where('name', '=', name));
    this.#all.forget();
  }

  #nextSyntheticUid(): number {
    const top = this.#db.find(
      this.#db.sql
        .selectFrom('users')
        .select('uid')
        .where('uid', '>=', SYNTHETIC_UID_BASE)
        .orderBy('uid', 'desc')
        .limit(1),
    );
    return (top?.uid ?? SYNTHETIC_UID_BASE - 1) + 1;
  }
}
