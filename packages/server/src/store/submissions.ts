// What lies in the share because of jobs: archives, and receipts about them. The Provider asks by file and by name, not by number.
import type { Outcome } from '@dopq/contract';
import type { Compilable } from 'kysely';
import type { Database } from './database.ts';
import { type JobRecord, type JobRow, type Jobs, readJob } from './jobs.ts';
import { RememberedRows } from './remembered.ts';
import type { JobTable } from './schema.ts';

export class Submissions {
  readonly #db: Database;
  readonly #jobs: Jobs;
  readonly #stale: RememberedRows<{ id: number }>;

  constructor(db: Database, jobs: Jobs) {
    this.#db = db;
    this.#jobs = jobs;
    this.#stale = new RememberedRows(db, {
      read: (id) => readStale(db, id),
      jobOf: ({ id }) => id,
      compare: (a, b) => a.id - b.id,
    });
    jobs.onChange((id) => this.#stale.touch(id));
  }

  /** The job that took this very file, so that a leftover in the inbox is not taken twice. */
  findByIdentity(inbox: string, identity: string): JobRecord | undefined {
    const query = this.#rows.where('identity', '=', identity).where('inbox', '=', inbox);
    return this.#find(query.orderBy('id', 'desc').limit(1));
  }

  findReceiving(inbox: string, file: string): JobRecord | undefined {
    return this.#find(this.#rows.where('inbox', '=', inbox).where('file', '=', file).where('state', '=', 'receiving'));
  }

  /** Jobs that came from a share and whose receipt shows an older revision. */
  withStaleReceipt(limit: number): JobRecord[] {
    return this.#stale
      .all()
      .slice(0, limit)
      .map(({ id }) => this.#jobs.get(id));
  }

  /** Newest job that has not ended and that this name in an inbox means: the file's own or its receipt's. */
  findActiveByName(inbox: string, name: string): JobRecord | undefined {
    return this.#find(
      this.#rows
        .where('inbox', '=', inbox)
        .where((eb) =>
          eb.or([
            eb('state', '!=', 'finished'),
            eb.exists(
              eb
                .selectFrom('jobs as member')
                .select('member.id')
                .whereRef('member.arrayId', '=', 'jobs.id')
                .where('member.state', '!=', 'finished'),
            ),
          ]),
        )
        .where((eb) => eb.or([eb('receiptName', '=', name), eb('file', '=', name)]))
        .orderBy('id', 'desc')
        .limit(1),
    );
  }

  /** True if a receipt of that name lies in an inbox. */
  hasReceipt(inbox: string, receiptName: string): boolean {
    const { sql } = this.#db;
    const query = sql.selectFrom('jobs').select('id').where('inbox', '=', inbox).where('receiptName', '=', receiptName);
    return this.#db.find(query.limit(1)) !== undefined;
  }

  /** True if a file was cancelled or refused before it was taken and still has to leave the inbox. */
  isLeaving(inbox: string, file: string): boolean {
    const { sql } = this.#db;
    const query = sql.selectFrom('jobs').select('id').where('inbox', '=', inbox).where('file', '=', file);
    return this.#db.find(query.where('zipPlace', '=', 'inbox').where('outcome', 'is not', null).limit(1)) !== undefined;
  }

  /** Jobs that ended before `at` and whose receipt is still there. */
  withReceiptOlderThan(at: number, limit: number): JobRecord[] {
    const query = this.#rows.where('receiptName', 'is not', null).where('finishedAt', '<', at);
    return this.#all(query.orderBy('finishedAt').limit(limit));
  }

  /** Jobs whose archive still has to be moved out of the accepted folder. */
  withZipIn(place: JobTable['zipPlace'], outcome: Outcome): JobRecord[] {
    return this.#all(this.#rows.where('zipPlace', '=', place).where('outcome', '=', outcome));
  }

  /** Notes that the receipt shows this revision; changes nothing that anyone sees, so it bumps nothing and wakes nobody. */
  markReceiptWritten(id: number, revision: number): void {
    if (!this.#stale.all().some((row) => row.id === id)) return;
    const older = this.#db.sql.updateTable('jobs').where('id', '=', id).where('receiptRevision', '<', revision);
    this.#db.lazily(() => this.#db.run(older.set({ receiptRevision: revision })));
    this.#stale.touch(id);
  }

  /** Its archive is gone. No news for its receipt, which its owner may have thrown away. */
  markZipRemoved(id: number): void {
    const patch = { zipPlace: 'removed', zipPath: null } as const;
    this.#db.run(this.#db.sql.updateTable('jobs').set(patch).where('id', '=', id).where('state', '=', 'finished'));
  }

  get #rows() {
    return this.#db.sql.selectFrom('jobs').selectAll();
  }

  #find(query: Compilable<JobRow>): JobRecord | undefined {
    const row = this.#db.find(query);
    return row && readJob(row);
  }

  #all(query: Compilable<JobRow>): JobRecord[] {
    return this.#db.all(query).map(readJob);
  }
}

function readStale(db: Database, id?: number): { id: number }[] {
  let query = db.sql.selectFrom('jobs').select('id').where('receiptName', 'is not', null);
  if (id !== undefined) query = query.where('id', '=', id);
  return db.all(query.whereRef('receiptRevision', '<', 'revision'));
}
