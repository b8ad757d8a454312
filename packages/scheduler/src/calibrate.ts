// Promises that correct themselves: what DoPQ cannot foresee (who comes next, jobs longer than any before) shows in how many of its
// promises were kept, and the next ones are widened until nine of ten are.
import type { Prediction } from './forecast.ts';

/** How strongly one outcome moves the width. */
const STEP = 0.05;
const KEPT_PART = 0.9;
/** Never narrower than what the walks say, never wider than this many times. */
const WIDEST = 20;

/**
 * How much wider the next P90 has to be. Each promise that was not kept widens it by 0.9 steps, each that was kept narrows it by
 * 0.1: it rests only where nine of ten are kept, whatever the reason (adaptive conformal inference, Gibbs and Candès 2021).
 */
export function wideningOf({ started, keptP90 }: { started: number; keptP90: number }): number {
  const missed = started - keptP90;
  return Math.min(WIDEST, Math.max(1, Math.exp(STEP * (KEPT_PART * missed - (1 - KEPT_PART) * keptP90))));
}

/** The predictions with their P90 moved away from `now`. */
export function widened(
  predictions: ReadonlyMap<number, Prediction>,
  now: number,
  factor: number,
): Map<number, Prediction> {
  const entries = Array.from(predictions, ([id, { p50At, p90At }]): [number, Prediction] => [
    id,
    { p50At, p90At: now + Math.round((p90At - now) * factor) },
  ]);
  return new Map(entries);
}
