import type { Database } from './database.ts';
import { Remembered } from './remembered.ts';

/**
 * The few facts about the whole: the instance's id, the queue's lock, what of the policy was changed at run time, when the
 * engine last came up, answered and was out.
 */
export type SettingKey =
  | 'instance'
  | 'kind'
  | 'lock'
  | 'policy'
  | 'notifiedSeq'
  | 'engineStartedAt'
  | 'engineAnsweredAt'
  | 'outages'
  | 'pickledbImported'
  | 'shareMounted';

export class Settings {
  readonly #db: Database;
  readonly #all: Remembered<ReadonlyMap<string, string>>;

  constructor(db: Database) {
    this.#db = db;
    const rows = db.sql.selectFrom('settings').selectAll();
    this.#all = new Remembered(db, () => new Map(db.all(rows).map(({ key, value }) => [key, value])));
  }

  find(key: SettingKey): string | undefined {
    return this.#all.get().get(key);
  }

  remove(key: SettingKey): void {
    this.#db.run(this.#db.sql.deleteFrom('settings').where('key', '=', key));
    this.#all.forget();
  }

  /** Writes a fact that nobody waits for, and of which an older value does no harm. */
  note(key: SettingKey, value: string): void {
    this.#db.lazily(() => this.set(key, value));
  }

  set(key: SettingKey, value: string): void {
    this.#db.run(
      this.#db.sql
        .insertInto('settings')
        .values({ key, value })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ value })),
    );
    this.#all.forget();
  }
}
