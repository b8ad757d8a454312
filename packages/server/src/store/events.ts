import type { Database } from './database.ts';
import type { EventTable } from './schema.ts';
import type { Selectable } from 'kysely';

export type EventRecord = Selectable<EventTable>;

/** Who did a thing: a part of DoPQ (`queue`, `provider`), or `user:NAME`, `admin`. */
export type Actor = string;

export interface NewEvent {
  actor: Actor;
  kind: string;
  message: string;
}

/** What happened, append-only. */
export class Events {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  append(event: NewEvent & { at: number; jobId: number | null }): void {
    this.#db.run(this.#db.sql.insertInto('events').values(event));
  }

  ofJob(jobId: number): EventRecord[] {
    return this.#db.all(this.#db.sql.selectFrom('events').selectAll().where('jobId', '=', jobId).orderBy('seq'));
  }

  /** Events of jobs that came after one, oldest first, a thousand at most. */
  ofJobsAfter(seq: number): (EventRecord & { jobId: number })[] {
    const query = this.#db.sql.selectFrom('events').selectAll().where('seq', '>', seq).where('jobId', 'is not', null);
    return this.#db.all(query.orderBy('seq').limit(1000)) as (EventRecord & { jobId: number })[];
  }

  /** Number of the newest event; grows with every change anyone could want to see. */
  newest(): number {
    const row = this.#db.find(this.#db.sql.selectFrom('events').select('seq').orderBy('seq', 'desc').limit(1));
    return row?.seq ?? 0;
  }
}
