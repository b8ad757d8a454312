// How often something may be tried: a count per key and window, in memory. A restart forgives.
import { isIPv6 } from 'node:net';
import { DopqError } from '@dopq/contract';
import type { Clock } from '../../clock.ts';

const MAX_KEYS = 10_000;

export class Limiter {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #windowMs: number;
  readonly #counts = new Map<string, { count: number; endsAt: number }>();

  constructor(clock: Clock, limit: { max: number; windowMs: number }) {
    this.#clock = clock;
    this.#max = limit.max;
    this.#windowMs = limit.windowMs;
  }

  /**
   * Counts one more try.
   * @returns how to take it back, for a try that turned out well
   * @throws DopqError RATE_LIMITED, saying when the next is possible
   */
  count(key: string): () => void {
    const now = this.#clock.now();
    let entry = this.#counts.get(key);
    if (!entry || entry.endsAt <= now) {
      this.#makeRoom(now);
      entry = { count: 0, endsAt: now + this.#windowMs };
      this.#counts.set(key, entry);
    }
    if (entry.count >= this.#max) {
      const seconds = Math.max(1, Math.ceil((entry.endsAt - now) / 1000));
      throw new DopqError('RATE_LIMITED', 'That was tried too often.', { fix: `Try again in ${seconds} s.` });
    }
    entry.count++;
    return () => {
      entry.count--;
    };
  }

  #makeRoom(now: number): void {
    if (this.#counts.size < MAX_KEYS) return;
    for (const [key, { endsAt }] of this.#counts) if (endsAt <= now) this.#counts.delete(key);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size >= MAX_KEYS && oldest !== undefined) this.#counts.delete(oldest);
  }
}

/** What counts as one caller: of IPv6 a whole /64, which everybody has to themselves. */
export function addressKey(from: string): string {
  if (!isIPv6(from) || from.startsWith('::ffff:')) return from;
  const [head = '', tail = ''] = from.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const gap = from.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0;
  return [...left, ...Array.from({ length: gap }, () => '0'), ...right].slice(0, 4).join(':');
}
