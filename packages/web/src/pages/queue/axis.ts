// One time axis for all rows: from now to the latest P90, with round hours on it.
import type { Job } from '@dopq/contract';
import { at } from '../../words/time.ts';

const HOUR = 3_600_000;
const STEPS_H = [0.25, 0.5, 1, 2, 3, 4, 6, 12, 24, 48, 168];
/** Hours are two digits; with minutes fewer find a place. */
const MOST_TICKS = 4;
const MOST_LONG_TICKS = 3;
/** A prediction far out must not squeeze all others into a corner. */
const LONGEST_MS = 14 * 24 * HOUR;

/** Where the axis ends: the latest P90, an hour at least. Milliseconds. */
export function axisEnd(jobs: readonly Pick<Job, 'predicted_start_p90_at'>[], now: number): number {
  const latest = jobs.reduce(
    (max, { predicted_start_p90_at: p90 }) => (p90 === null ? max : Math.max(max, at(p90))),
    0,
  );
  return Math.min(now + LONGEST_MS, Math.max(now + HOUR, latest));
}

/** Round times of the axis, as parts of it. Under a day apart they are hours, else days. */
export function axisTicks(now: number, end: number): { part: number; word: string; ms: number }[] {
  const step =
    (STEPS_H.find((hours) => (end - now) / (hours * HOUR) <= (hours < 1 ? MOST_LONG_TICKS : MOST_TICKS) + 0.5) ?? 336) *
    HOUR;
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const ticks: { part: number; word: string; ms: number }[] = [];
  for (let ms = midnight; ms < end; ms += step) {
    const part = (ms - now) / (end - now);
    if (part < 0.06 || part > 0.96) continue;
    ticks.push({ part, ms, word: wordOf(new Date(ms), step) });
  }
  return ticks;
}

function wordOf(time: Date, step: number): string {
  if (step >= 24 * HOUR) return `${time.getDate()}.`;
  const hours = String(time.getHours()).padStart(2, '0');
  return step >= HOUR ? hours : `${hours}:${String(time.getMinutes()).padStart(2, '0')}`;
}
