import { setTimeout as delay } from 'node:timers/promises';
import { PATIENCE } from './patience.ts';

export interface WaitOptions {
  /** Give up after this long; default 60 s: a busy machine is slow. */
  timeoutMs?: number;
  /** Pause between two looks; default 25 ms. */
  intervalMs?: number;
  /** What is being waited for, for the error. A function is asked at the end, so that it can tell what was seen last. */
  message?: string | (() => string);
}

/**
 * Looks until `condition` gives something truthy and returns that. An error thrown by the condition counts as "not yet"
 * and is the cause of the timeout error.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 60_000, intervalMs = 25, message = 'the condition' }: WaitOptions = {},
): Promise<Exclude<T, false | undefined | null | '' | 0>> {
  const patientMs = timeoutMs * PATIENCE;
  const deadline = performance.now() + patientMs;
  for (;;) {
    let cause: unknown;
    try {
      const result = await condition();
      if (result) return result as Exclude<T, false | undefined | null | '' | 0>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) {
      const what = typeof message === 'function' ? message() : message;
      throw new Error(`waited ${patientMs} ms in vain for ${what}`, { cause });
    }
    await delay(intervalMs);
  }
}
