// Whether what the page shows is true now. Each good answer moves `seenAt`; five seconds without one is stale.
import { useSyncExternalStore } from 'react';
import { useNow } from '../parts/use-now.ts';

const STALE_MS = 5000;

let seenAt = Date.now();
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
