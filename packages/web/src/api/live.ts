// The live feed: one connection per browser. It says that something changed, never what; then everything shown is asked for anew.
// Each word from the server moves `seenAt`; five seconds without one is stale.
import { RAW_ROUTES } from '@dopq/contract/routes';
import { useSyncExternalStore } from 'react';
import { useNow } from '../parts/use-now.ts';

const STALE_MS = 5000;
/** However fast things change, the page asks no more often. */
const REST_MS = 1000;
/** A connection of which nothing was heard for so long is as good as none. */
const SILENT_MS = 15_000;
const AGAIN_MS = 3000;

interface Numbers {
  revision: number;
  sample: number;
}

let seenAt = Date.now();
let heardAt = 0;
let isStarted = false;
let isWelcome = false;
let hangUp: (() => void) | undefined;
const listeners = new Set<() => void>();

/** The server answered. */
export function seen(): void {
  seenAt = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Milliseconds since the last answer, if that is too long ago; 0 = live. */
export function useStaleness(): number {
  const now = useNow();
  const since = useSyncExternalStore(subscribe, () => seenAt);
  return now - since > STALE_MS ? now - since : 0;
}

/** Whether changes are told, so that nothing needs to be asked for on the off chance. */
export const isTold = (): boolean => Date.now() - heardAt < SILENT_MS;

/**
 * Listens for as long as the page is open.
 * @param onChange called once a second at most, when something was recorded or measured
 */
export function startFeed(onChange: () => void): void {
  if (isStarted) return;
  isStarted = true;
  let known: Numbers | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hear = (numbers: Numbers): void => {
    heardAt = Date.now();
    seen();
    const changed = known && (known.revision !== numbers.revision || known.sample !== numbers.sample);
    known = numbers;
    if (!changed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      onChange();
    }, REST_MS);
  };
  shareOne('dopq-feed', hear, listen);
}

/** Whoever has signed out hangs up, and does not knock until they are back. */
export function welcome(is: boolean): void {
  isWelcome = is;
  if (!is) hangUp?.();
}

function again(tell: (numbers: Numbers) => void): void {
  setTimeout(() => (isWelcome ? listen(tell) : again(tell)), AGAIN_MS);
}

function listen(tell: (numbers: Numbers) => void): void {
  const source = new EventSource(RAW_ROUTES.feed);
  hangUp = () => {
    hangUp = undefined;
    source.close();
    again(tell);
  };
  source.addEventListener('message', ({ data }: MessageEvent<string>) => tell(JSON.parse(data) as Numbers));
  // A browser comes back by itself after a lost connection, but gives up after a refusal; who signs in later is let in.
  source.addEventListener('error', () => {
    if (source.readyState !== EventSource.CLOSED) return;
    hangUp?.();
  });
}

/** One tab of the browser has the connection and tells the others; when it is closed, another one takes over. */
function shareOne(
  name: string,
  hear: (numbers: Numbers) => void,
  open: (tell: (numbers: Numbers) => void) => void,
): void {
  // Without TLS, away from localhost, browsers have no locks: then each tab listens by itself.
  if (!('locks' in navigator) || !('BroadcastChannel' in globalThis)) return open(hear);
  const channel = new BroadcastChannel(name);
  channel.addEventListener('message', ({ data }: MessageEvent<Numbers>) => hear(data));
  void navigator.locks.request(name, async () => {
    open((numbers) => {
      hear(numbers);
      // oxlint-disable-next-line require-post-message-target-origin -- a channel has no target
      channel.postMessage(numbers);
    });
    await new Promise(() => {});
  });
}
