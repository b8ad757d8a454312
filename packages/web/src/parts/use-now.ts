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

/**
 * The present in milliseconds.
 * @param stepMs it stands still for so long; whatever uses it is drawn anew only then
 */
export function useNow(stepMs = 1000): number {
  return useSyncExternalStore(subscribe, () => (stepMs <= 1000 ? now : Math.floor(now / stepMs) * stepMs));
}

/** Words that depend on the present: asked for each second, drawn anew only when they are others. */
export function useWords(words: (now: number) => string): string {
  return useSyncExternalStore(subscribe, () => words(now));
}
