// The only file that touches SQLite. Queries are built and typed by Kysely, and run synchronously: a transaction has no
// `await` inside, so nothing can come between its steps and no lock is needed.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type Compilable, DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { crashPoint } from '../crash-points.ts';
import { copyInBackground } from './backups.ts';
import type { Schema } from './schema.ts';
import { openSafely } from './open-safely.ts';
import { storageErrorOf } from './store-error.ts';

export class Database implements Disposable {
  /** Builds queries; never runs them. */
  readonly sql = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  readonly #file: string;
  readonly #sqlite: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #listeners = new Set<() => void>();
  readonly #companions: (() => void)[] = [];
  readonly #regrets: (() => void)[] = [];
  #depth = 0;
  /** The transaction under way has changed something. */
  #written = false;
  /** It has changed something that others want to be told of. */
  #dirty = false;
  /** What the transaction under way is for; names its crash points. */
  #purpose = '';

  /**
   * Opens or creates the database and brings it to this version's schema.
   * @throws StoreError if the file cannot be used, see `openSafely`
   */
  constructor(file: string) {
    this.#file = file;
    this.#sqlite = openSafely(file);
  }

  /** Copies it to a new file while it is in use. @throws StoreError */
  copyTo(file: string): Promise<void> {
    return copyInBackground(this.#file, file);
  }

  all<T>(query: Compilable<T>): T[] {
    const { sql, parameters } = query.compile();
    return this.#prepare(sql).all(...(parameters as SQLInputValue[])) as T[];
  }

  find<T>(query: Compilable<T>): T | undefined {
    const { sql, parameters } = query.compile();
    return this.#prepare(sql).get(...(parameters as SQLInputValue[])) as T | undefined;
  }

  /** Runs a change; answers how many rows it touched and the id of an inserted one. */
  run(query: Compilable): { changes: number; id: number } {
    // A change on its own is a transaction too: the points around commits are then around every durable write.
    if (this.#depth === 0) return this.transaction(() => this.run(query));
    const { sql, parameters } = query.compile();
    const result = this.#prepare(sql).run(...(parameters as SQLInputValue[]));
    if (result.changes > 0) this.#written = this.#dirty = true;
    return { changes: Number(result.changes), id: Number(result.lastInsertRowid) };
  }

  /**
   * All or nothing. A transaction inside a transaction joins it.
   * @throws StorageError if the disk did not take it: then nothing of it was recorded
   * @param purpose one word for what is recorded; that of the innermost one names the whole
   */
  transaction<T>(steps: () => T, purpose?: string): T {
    if (this.#depth > 0) {
      this.#purpose = purpose ?? this.#purpose;
      return steps();
    }
    this.#begin();
    this.#depth++;
    this.#purpose = purpose ?? 'change';
    try {
      const result = steps();
      if (this.#dirty) this.#accompany();
      if (this.#written) crashPoint(`store.${this.#purpose}.before`);
      this.#sqlite.exec('commit');
      if (this.#written) crashPoint(`store.${this.#purpose}.after`);
      return result;
    } catch (error) {
      // A full disk has rolled it back already.
      if (this.#sqlite.isTransaction) this.#sqlite.exec('rollback');
      this.#dirty = false;
      for (const forget of this.#regrets) forget();
      throw storageErrorOf(error, this.#file);
    } finally {
      this.#depth--;
      this.#written = false;
      this.#announce();
    }
  }

  /** A transaction of which nobody is told: what it records changes nothing that anybody waits for. */
  quietly(steps: () => void, purpose = 'note'): void {
    this.transaction(() => {
      const dirty = this.#dirty;
      steps();
      this.#dirty = dirty;
    }, purpose);
  }

  /**
   * A quiet transaction for what is found out or done again if it is missing. A server that dies has recorded it; a machine
   * that loses its power before the next other commit has not, since this one does not wait for the disk.
   */
  lazily(steps: () => void, purpose?: string): void {
    // In a transaction it is as durable as the others' part.
    if (this.#depth > 0) return this.quietly(steps, purpose);
    this.#sqlite.exec('pragma synchronous = normal');
    try {
      this.quietly(steps, purpose);
    } finally {
      this.#sqlite.exec('pragma synchronous = full');
    }
  }

  /** Calls `write` at the end of each transaction that changed something, inside it: what it records is recorded with it or not. */
  beforeCommit(write: () => void): void {
    this.#companions.push(write);
  }

  /** Calls `forget` after each transaction that was undone: what was read in it never was. */
  onRollback(forget: () => void): void {
    this.#regrets.push(forget);
  }

  /** Calls back after each commit that changed something. Returns how to stop. */
  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#sqlite.close();
  }

  #begin(): void {
    try {
      this.#sqlite.exec('begin immediate');
    } catch (error) {
      throw storageErrorOf(error, this.#file);
    }
  }

  #accompany(): void {
    const purpose = this.#purpose;
    for (const write of this.#companions) write();
    this.#purpose = purpose;
  }

  #announce(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    for (const listener of this.#listeners) listener();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#sqlite.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
