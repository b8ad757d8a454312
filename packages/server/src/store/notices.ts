// Channels by which people are told, and the outbox of what is still to be told. Nobody waits for it: its changes wake nobody.
import type { Selectable } from 'kysely';
import type { Database } from './database.ts';
import type { ChannelTable, OutboxTable } from './schema.ts';

export interface ChannelRecord extends Omit<Selectable<ChannelTable>, 'events'> {
  events: string[];
}
export type NoticeRecord = Selectable<OutboxTable>;
type NewChannel = Pick<ChannelRecord, 'user' | 'kind' | 'target' | 'events' | 'movedByMs' | 'sealedKey' | 'createdAt'>;

export class Notices {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  channels(user?: string): ChannelRecord[] {
    let query = this.#db.sql.selectFrom('channels').selectAll().orderBy('id');
    if (user !== undefined) query = query.where('user', '=', user);
    return this.#db.all(query).map(read);
  }

  findChannel(id: number): ChannelRecord | undefined {
    const row = this.#db.find(this.#db.sql.selectFrom('channels').selectAll().where('id', '=', id));
    return row && read(row);
  }

  addChannel({ events, ...channel }: NewChannel): number {
    const none = { deliveredAt: null, failedAt: null, failure: null };
    return this.#db.run(
      this.#db.sql.insertInto('channels').values({ ...channel, ...none, events: JSON.stringify(events) }),
    ).id;
  }

  /** With what it still had to deliver. */
  removeChannel(id: number): void {
    this.#db.run(this.#db.sql.deleteFrom('outbox').where('channelId', '=', id));
    this.#db.run(this.#db.sql.deleteFrom('channels').where('id', '=', id));
  }

  /** Puts a notice into the outbox, once for each `about`. */
  post(notice: Pick<NoticeRecord, 'channelId' | 'event' | 'jobId' | 'text' | 'payload' | 'about' | 'createdAt'>): void {
    const waiting = { tries: 0, nextAt: notice.createdAt, deliveredAt: null, failure: null };
    this.#db.run(
      this.#db.sql
        .insertInto('outbox')
        .values({ ...notice, ...waiting })
        .onConflict((conflict) => conflict.columns(['channelId', 'about']).doNothing()),
    );
  }

  /** What has to be sent by now, oldest first. */
  due(at: number, limit: number): NoticeRecord[] {
    const query = this.#db.sql.selectFrom('outbox').selectAll().where('nextAt', '<=', at);
    return this.#db.all(query.orderBy('nextAt').orderBy('id').limit(limit));
  }

  /** When the next one is due; undefined = nothing waits. */
  nextDueAt(): number | undefined {
    const query = this.#db.sql.selectFrom('outbox').select('nextAt').where('nextAt', 'is not', null);
    return this.#db.find(query.orderBy('nextAt').limit(1))?.nextAt ?? undefined;
  }

  deliveries(channelIds: readonly number[], limit: number): NoticeRecord[] {
    const query = this.#db.sql
      .selectFrom('outbox')
      .selectAll()
      .where('channelId', 'in', [...channelIds]);
    return this.#db.all(query.orderBy('id', 'desc').limit(limit));
  }

  countWaiting(channelId: number): number {
    const { sql } = this.#db;
    const query = sql.selectFrom('outbox').select((eb) => eb.fn.countAll<number>().as('count'));
    return this.#db.find(query.where('channelId', '=', channelId).where('nextAt', 'is not', null))?.count ?? 0;
  }

  markDelivered(notice: Pick<NoticeRecord, 'id' | 'channelId' | 'tries'>, at: number): void {
    const done = { deliveredAt: at, nextAt: null, tries: notice.tries + 1, failure: null };
    this.#db.run(this.#db.sql.updateTable('outbox').set(done).where('id', '=', notice.id));
    this.noteDelivery(notice.channelId, at);
  }

  /** @param nextAt null = it is given up */
  markFailed(
    notice: Pick<NoticeRecord, 'id' | 'channelId' | 'tries'>,
    at: number,
    failure: string,
    nextAt: number | null,
  ): void {
    const failed = { nextAt, tries: notice.tries + 1, failure };
    this.#db.run(this.#db.sql.updateTable('outbox').set(failed).where('id', '=', notice.id));
    this.noteFailure(notice.channelId, at, failure);
  }

  noteDelivery(channelId: number, at: number): void {
    this.#db.run(this.#db.sql.updateTable('channels').set({ deliveredAt: at }).where('id', '=', channelId));
  }

  noteFailure(channelId: number, failedAt: number, failure: string): void {
    this.#db.run(this.#db.sql.updateTable('channels').set({ failedAt, failure }).where('id', '=', channelId));
  }

  dropOlderThan(at: number): void {
    this.#db.run(this.#db.sql.deleteFrom('outbox').where('nextAt', 'is', null).where('createdAt', '<', at));
  }

  /** Several of these as one commit that wakes nobody. What a machine without power forgets of it is told twice, not never. */
  lazily(steps: () => void): void {
    this.#db.lazily(steps);
  }
}

function read(row: Selectable<ChannelTable>): ChannelRecord {
  return { ...row, events: JSON.parse(row.events) as string[] };
}
