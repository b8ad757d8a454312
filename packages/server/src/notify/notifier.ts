// Turns what happens into notices in the outbox, and sends them until they are taken or given up. It only listens: neither the
// queue nor anybody else waits for it, and a mail server that is down costs nothing but entries in a table.
import type { Job } from '@dopq/contract';
import type { Prediction } from '@dopq/scheduler';
import type { Clock } from '../clock.ts';
import { presentJob } from '../conventions/present-job.ts';
import type { Logger } from '../log.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { ChannelRecord, NoticeRecord } from '../store/notices.ts';
import type { Store } from '../store/store.ts';
import { deliver, type Site } from './deliver.ts';
import { limitNotice, movedNotice, type Notice, noticeOf } from './notices.ts';

export interface NotifierOptions extends Site {
  store: Store;
  clock: Clock;
  log: Logger;
  /** When queued jobs will start, as far as is known. */
  predictions(): ReadonlyMap<number, Prediction>;
}

export interface Notifier extends AsyncDisposable {
  /** Sends one at once. @returns why it did not get through, null if it did */
  test(channel: ChannelRecord): Promise<string | null>;
  /** Looks at what happened and sends what is due; for tests, the rest of the time it does so by itself. */
  run(): Promise<void>;
}

/** Events in one commit, or in a few at once, make one look. */
const SOON_MS = 100;
/** Limits and predictions move without a commit. */
const LOOK_EVERY_MS = 30_000;
const PARALLEL = 4;
const BATCH = 100;
/** 30 s, 1 min, 2 min ... at most 6 h; together about two days. */
const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 6 * 3_600_000;
const MOST_TRIES = 18;
const KEEP_MS = 30 * 86_400_000;

export function startNotifier(options: NotifierOptions): Notifier {
  return new Messenger(options);
}

class Messenger implements Notifier {
  readonly #options: NotifierOptions;
  /** When each queued job's user was last told that it starts. */
  readonly #told = new Map<number, number>();
  readonly #stopListening: () => void;
  #timer: NodeJS.Timeout | undefined;
  #turns: Promise<void> = Promise.resolve();
  #dueAt = 0;
  #stopped = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
    // What happened before there was a notifier is no news.
    const { settings, events } = options.store;
    if (settings.find('notifiedSeq') === undefined) settings.set('notifiedSeq', String(events.newest()));
    this.#stopListening = options.store.onCommit(() => this.#schedule(SOON_MS));
    this.#schedule(SOON_MS);
  }

  async test(channel: ChannelRecord): Promise<string | null> {
    const { store, clock } = this.#options;
    const text = 'This is a test: notices of DoPQ reach you here';
    const letter = {
      id: `test-${channel.id}-${clock.now()}`,
      text,
      payload: payloadOf('test', text, null, clock.now()),
    };
    try {
      await deliver(this.#options, channel, letter, clock.now());
      store.notices.lazily(() => store.notices.noteDelivery(channel.id, clock.now()));
      return null;
    } catch (error) {
      const { message } = error as Error;
      store.notices.lazily(() => store.notices.noteFailure(channel.id, clock.now(), message));
      return message;
    }
  }

  run(): Promise<void> {
    // One after the other: what is being sent is still in the outbox.
    const turn = this.#turnAfter(this.#turns);
    this.#turns = turn.catch(() => undefined);
    return turn;
  }

  async #turnAfter(before: Promise<void>): Promise<void> {
    await before;
    if (this.#stopped) return;
    this.#look();
    await this.#send();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#stopListening();
    await this.#turns;
  }

  #schedule(ms: number): void {
    const dueAt = performance.now() + ms;
    if (this.#stopped || (this.#timer && this.#dueAt <= dueAt)) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => void this.#turn(), ms).unref();
  }

  async #turn(): Promise<void> {
    this.#timer = undefined;
    await this.run().catch((error: unknown) =>
      this.#options.log.error({ err: error }, 'notices could not be made or sent; tried again'),
    );
    this.#schedule(this.#pauseMs());
  }

  #pauseMs(): number {
    const next = this.#options.store.notices.nextDueAt();
    const untilDue = next === undefined ? LOOK_EVERY_MS : next - this.#options.clock.now();
    return Math.min(LOOK_EVERY_MS, Math.max(2 * SOON_MS, untilDue));
  }

  /** Everything new since the last look goes into the outbox, in one commit with how far was looked. */
  #look(): void {
    const { store, clock } = this.#options;
    const from = Number(store.settings.find('notifiedSeq') ?? 0);
    const channels = Map.groupBy(store.notices.channels(), ({ user }) => user);
    const events = store.events.ofJobsAfter(from);
    const now = clock.now();
    store.notices.lazily(() => {
      for (const event of events) {
        const job = store.jobs.find(event.jobId);
        if (job) this.#post(channels.get(job.user), job, noticeOf(event, job));
      }
      for (const attempt of channels.size === 0 ? [] : store.attempts.active()) {
        const job = store.jobs.get(attempt.jobId);
        if (attempt.startedAt !== null)
          this.#post(channels.get(job.user), job, limitNotice(job, attempt.startedAt, now));
      }
      if (channels.size > 0) this.#tellMoves(channels, this.#options.predictions());
      const newest = events.at(-1)?.seq;
      if (newest !== undefined) store.settings.set('notifiedSeq', String(newest));
      store.notices.dropOlderThan(now - KEEP_MS);
    });
  }

  #tellMoves(channels: Map<string, ChannelRecord[]>, predictions: ReadonlyMap<number, Prediction>): void {
    const { store } = this.#options;
    for (const id of this.#told.keys()) if (!predictions.has(id)) this.#told.delete(id);
    for (const [id, { p50At }] of predictions) {
      const job = store.jobs.find(id);
      const own = (job && channels.get(job.user))?.filter(({ events }) => events.includes('moved')) ?? [];
      if (!job || own.length === 0) continue;
      const told = this.#told.get(id) ?? job.promisedP50At ?? p50At;
      this.#told.set(id, told);
      const movedByMs = Math.min(...own.map((channel) => channel.movedByMs));
      const notice = movedNotice(job, told, p50At, movedByMs);
      if (!notice) continue;
      this.#told.set(id, p50At);
      this.#post(
        own.filter((channel) => Math.abs(p50At - told) > channel.movedByMs),
        job,
        notice,
      );
    }
  }

  #post(channels: readonly ChannelRecord[] | undefined, job: JobRecord, notice: Notice | undefined): void {
    if (!channels || !notice) return;
    const { store, clock } = this.#options;
    const at = clock.now();
    for (const channel of channels.filter(({ events }) => events.includes(notice.event))) {
      const payload = payloadOf(notice.event, notice.text, job, at);
      store.notices.post({ ...notice, payload, channelId: channel.id, jobId: job.id, createdAt: at });
    }
  }

  async #send(): Promise<void> {
    const { store, clock } = this.#options;
    const due = store.notices.due(clock.now(), BATCH);
    const work = async () => {
      for (let notice = due.shift(); notice && !this.#stopped; notice = due.shift()) await this.#sendOne(notice);
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
  }

  async #sendOne(notice: NoticeRecord): Promise<void> {
    const { store, clock, log } = this.#options;
    const channel = store.notices.findChannel(notice.channelId);
    if (!channel) return;
    try {
      await deliver(this.#options, channel, { ...notice, id: `notice-${notice.id}` }, clock.now());
      store.notices.lazily(() => store.notices.markDelivered(notice, clock.now()));
    } catch (error) {
      const { message } = error as Error;
      const now = clock.now();
      const nextAt = notice.tries + 1 >= MOST_TRIES ? null : now + pauseAfter(notice.tries);
      store.notices.lazily(() => store.notices.markFailed(notice, now, message, nextAt));
      log.warn({ user: channel.user, channel: channel.id }, `a notice was not delivered: ${message}`);
    }
  }
}

/** @param tries before this one */
export function pauseAfter(tries: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
}

/** What webhooks get: the event, the words, and the job's facts that anybody may see. */
function payloadOf(event: string, text: string, job: JobRecord | null, at: number): string {
  return JSON.stringify({
    type: `job.${event}`,
    timestamp: new Date(at).toISOString(),
    data: { text, job: job && factsOf(job) },
  });
}

function factsOf(job: JobRecord): Pick<Job, 'id' | 'name' | 'user' | 'state' | 'outcome' | 'exit_code' | 'reason'> {
  const { id, name, user, state, outcome, exit_code, reason } = presentJob(job);
  return { id, name, user, state, outcome, exit_code, reason };
}
