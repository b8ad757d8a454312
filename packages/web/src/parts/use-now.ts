import { useSyncExternalStore } from 'react';

// One clock for the page: everything that shows an age changes in the same moment, once a second.
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const one of listeners) one();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The present in milliseconds, whole seconds apart. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
