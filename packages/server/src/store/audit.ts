import type { Insertable, Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { AuditTable } from './schema.ts';

export type AuditRecord = Selectable<AuditTable>;

export interface AuditFilter {
  who?: string | undefined;
  /** Beginning of it. */
  what?: string | undefined;
  which?: string | undefined;
  from?: string | undefined;
  result?: AuditRecord['result'] | undefined;
  /** Milliseconds since 1970; `since` included, `until` not. */
  since?: number | undefined;
  until?: number | undefined;
  beforeSeq?: number | undefined;
  afterSeq?: number | undefined;
  limit: number;
}

/** Who did what at the door. Only ever added to; the database refuses anything else. */
export class Audit {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Nobody waits for an entry: it wakes nobody. */
  append(entry: Omit<Insertable<AuditTable>, 'seq'>): void {
    this.#db.quietly(() => this.#db.run(this.#db.sql.insertInto('audit').values(entry)));
  }

  /** Newest first; with `afterSeq` oldest first. */
  list(filter: AuditFilter): AuditRecord[] {
    let query = this.#db.sql.selectFrom('audit').selectAll().limit(filter.limit);
    const { who, what, which, from, result, since, until, beforeSeq, afterSeq } = filter;
    if (who !== undefined) query = query.where('who', 'in', [who, `user:${who}`, `${who} (socket)`]);
    if (what !== undefined) {
      query = query.where((eb) => eb(eb.fn('substr', ['what', eb.lit(1), eb.lit(what.length)]), '=', what));
    }
    if (which !== undefined) query = query.where('which', '=', which);
    if (from !== undefined) query = query.where('fromWhere', '=', from);
    if (result !== undefined) query = query.where('result', '=', result);
    if (since !== undefined) query = query.where('at', '>=', since);
    if (until !== undefined) query = query.where('at', '<', until);
    if (beforeSeq !== undefined) query = query.where('seq', '<', beforeSeq);
    if (afterSeq !== undefined) query = query.where('seq', '>', afterSeq);
    return this.#db.all(query.orderBy('seq', afterSeq === undefined ? 'desc' : 'asc'));
  }
}
