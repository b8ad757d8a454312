// What the server's feed says: that something has changed. Whoever shows something waits for it and asks then, so that a
// hundred views of a quiet queue ask nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { RAW_ROUTES } from '@dopq/contract/routes';
import type { Connection } from './connection.ts';

/** Without a feed everybody asks again after so long. */
const WITHOUT_FEED_MS = 2000;
/** However much happens, nobody asks more often. */
const GAP_MS = 300;
/** The server says something every 15 s: after three times that the connection is dead, whatever it looks like. */
const SILENT_MS = 45_000;

export interface News extends Disposable {
  /** Resolves once there is news that nobody was told of yet, or this was disposed of. */
  next(): Promise<void>;
  /** As if something had changed. */
  nudge(): void;
}

export function listenForNews(connection: Connection): News {
  const end = new AbortController();
  let heard = Promise.withResolvers<void>();
  let toldAt = performance.now();
  const nudge = () => heard.resolve();
  void follow(connection, nudge, end.signal);
  return {
    nudge,
    async next() {
      await heard.promise;
      await pause(GAP_MS - (performance.now() - toldAt), end.signal);
      // What is heard from here on comes after what is read now.
      heard = Promise.withResolvers();
      if (end.signal.aborted) heard.resolve();
      toldAt = performance.now();
    },
    [Symbol.dispose]() {
      end.abort();
      heard.resolve();
    },
  };
}

async function follow(connection: Connection, nudge: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await listen(connection, nudge, signal);
    } catch {
      // It cannot be reached, or has no feed: whoever asks now learns why.
    }
    await pause(WITHOUT_FEED_MS, signal);
    nudge();
  }
}

async function listen(connection: Connection, nudge: () => void, signal: AbortSignal): Promise<void> {
  const silent = new AbortController();
  const watchdog = setTimeout(() => silent.abort(), SILENT_MS);
  try {
    const body = await connection.read(RAW_ROUTES.feed, {}, AbortSignal.any([signal, silent.signal]));
    for await (const chunk of body as AsyncIterable<Buffer>) {
      watchdog.refresh();
      if (chunk.includes('data:')) nudge();
    }
    nudge();
  } finally {
    clearTimeout(watchdog);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => {});
}
