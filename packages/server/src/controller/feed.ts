// The live feed: everyone who looks is told that something changed, never what. So a hundred views cost what one costs:
// a number on a wire, and the reads they choose to make.
import { DopqError, type FeedMessage } from '@dopq/contract';
import type { Writable } from 'node:stream';
import type { Logger } from '../log.ts';

/** Changes that come together are told together. */
const GATHER_MS = 150;
/** How often measured figures are looked at, while somebody listens. */
const LOOK_MS = 2000;
/** Comments that keep proxies from closing a quiet connection, and the moment to see whether the caller may still listen. */
const ALIVE_MS = 15_000;
/** A client that leaves so much unread is dropped: it comes back by itself and reads what is then. */
const MAX_BEHIND_BYTES = 64 * 1024;
const MAX_CLIENTS = 1000;

export interface FeedSources {
  /** Calls back after each commit that changed something. */
  onCommit(listener: () => void): () => void;
  /** What the measured figures are known by; another value = they moved. */
  sampleMark(): unknown;
  log: Logger;
  /** Default 64 KiB. */
  maxBehindBytes?: number;
}

export interface FeedClient {
  stream: Writable;
  /** False once the caller may not listen any more: a session that was revoked, a user who was disabled. */
  isWelcome(): boolean;
}

export class Feed implements Disposable {
  readonly #sources: FeedSources;
  readonly #clients = new Set<FeedClient>();
  readonly #stopListening: () => void;
  #now: FeedMessage;
  #mark: unknown;
  #gathering: NodeJS.Timeout | undefined;
  #timers: NodeJS.Timeout[] = [];

  /** @param start where the numbers begin: later than those of an earlier life, so milliseconds since 1970 */
  constructor(sources: FeedSources, start: number) {
    this.#sources = sources;
    this.#now = { revision: start, sample: start };
    this.#stopListening = sources.onCommit(() => {
      this.#now = { ...this.#now, revision: this.#now.revision + 1 };
      this.#gathering ??= setTimeout(() => this.#tell(), GATHER_MS).unref();
    });
  }

  get size(): number {
    return this.#clients.size;
  }

  /**
   * Tells the client the numbers now and whenever they grow, until its stream closes.
   * @throws DopqError TOO_BUSY
   */
  add(client: FeedClient): void {
    if (this.#clients.size >= MAX_CLIENTS) throw new DopqError('TOO_BUSY', `${MAX_CLIENTS} views are open already.`);
    this.#clients.add(client);
    client.stream.once('close', () => this.#remove(client));
    client.stream.once('error', () => client.stream.destroy());
    client.stream.write(`retry: 2000\n${formatMessage(this.#now)}`);
    if (this.#timers.length > 0) return;
    this.#mark = this.#sources.sampleMark();
    this.#timers = [
      setInterval(() => this.#look(), LOOK_MS).unref(),
      setInterval(() => this.#keepAlive(), ALIVE_MS).unref(),
    ];
  }

  [Symbol.dispose](): void {
    this.#stopListening();
    clearTimeout(this.#gathering);
    for (const client of this.#clients) client.stream.destroy();
    this.#clients.clear();
    this.#stopTimers();
  }

  #remove(client: FeedClient): void {
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#stopTimers();
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
  }

  #look(): void {
    const mark = this.#sources.sampleMark();
    if (mark === this.#mark) return;
    this.#mark = mark;
    this.#now = { ...this.#now, sample: this.#now.sample + 1 };
    this.#tell();
  }

  #tell(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    // Among the changes may be a session that was revoked.
    this.#dropUnwelcome();
    this.#write(formatMessage(this.#now));
  }

  #keepAlive(): void {
    this.#dropUnwelcome();
    this.#write(': still here\n\n');
  }

  #dropUnwelcome(): void {
    for (const client of this.#clients) {
      if (client.isWelcome()) continue;
      // To its end, not cut off: that would be a fault of the connection in the eyes of a browser.
      this.#remove(client);
      client.stream.end();
    }
  }

  #write(text: string): void {
    for (const { stream } of this.#clients) {
      if (stream.destroyed) continue;
      if (stream.writableLength <= (this.#sources.maxBehindBytes ?? MAX_BEHIND_BYTES)) stream.write(text);
      else {
        this.#sources.log.debug('a view was dropped: it does not read what it is sent');
        stream.destroy();
      }
    }
  }
}

function formatMessage(message: FeedMessage): string {
  return `id: ${message.revision}.${message.sample}\ndata: ${JSON.stringify(message)}\n\n`;
}
