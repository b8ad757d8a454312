// Predictions that correct themselves. What DoPQ cannot foresee (who comes next, jobs longer than any before) shows in how its
// predictions of the past compare with what happened, and the next ones are stretched by as much: P50 until half of them are kept,
// P90 until nine of ten are, each by itself, short waits by short ones and long waits by long ones, whatever the reason (conformal
// prediction, Vovk, Gammerman and Shafer 2005; the level follows what is kept, after Gibbs and Candès 2021).
import type { Prediction } from './forecast.ts';

/** What was predicted of one job's wait when it was first told, and what became of it. Times from then on. */
export interface Told {
  foreseenP50Ms: number;
  foreseenP90Ms: number;
  toldP50Ms: number;
  toldP90Ms: number;
  /** Until it started, or so far. */
  waitedMs: number;
  /** False: it still waits, or left before its turn; its wait would have been longer. */
  started: boolean;
}

/** What a wait that is foreseen is told as; it never grows less when more is foreseen. */
export type Stretch = (foreseenMs: number) => number;

export interface Calibration {
  p50: Stretch;
  p90: Stretch;
}

/** Waits count this much longer than they are, so that being seconds late is no matter of how many times. */
const MOMENT_MS = 60_000;
/** So many starts exactly as foreseen are assumed before there are any. */
const ASSUMED = 10;
/** No wait is stretched more than this many times, nor shrunk. */
const MOST = 20;
/** So many waits foreseen alike say what to tell of the next such one; each wait is in two such groups. */
const GROUP = 200;
/** How far the level moves when more or fewer are kept than should be: half the difference. */
const FOLLOWS = 0.5;

/** One wait against what was foreseen of it. */
interface Outcome {
  foreseenMs: number;
  ratio: number;
  isKnown: boolean;
}

/** Reads the calibration from the record, its newest thousand or two, in any order. */
export function calibrationOf(record: readonly Told[]): Calibration {
  return {
    p50: stretchOf(record, 0.5, ({ foreseenP50Ms, toldP50Ms }) => [foreseenP50Ms, toldP50Ms]),
    p90: stretchOf(record, 0.9, ({ foreseenP90Ms, toldP90Ms }) => [foreseenP90Ms, toldP90Ms]),
  };
}

function stretchOf(
  record: readonly Told[],
  part: number,
  read: (told: Told) => [foreseenMs: number, toldMs: number],
): Stretch {
  const level = part + FOLLOWS * (part - keptPart(record, part, read));
  const outcomes = record.map((one): Outcome => {
    const foreseenMs = read(one)[0] + MOMENT_MS;
    return { foreseenMs, ratio: (one.waitedMs + MOMENT_MS) / foreseenMs, isKnown: one.started };
  });
  const known = outcomes.filter(({ isKnown }) => isKnown).length;
  for (let missing = known; missing < ASSUMED; missing += 1) {
    outcomes.push({ foreseenMs: MOMENT_MS, ratio: 1, isKnown: true });
  }
  return along(knotsOf(outcomes, Math.min(0.99, Math.max(0.01, level))));
}

/** The part of the promises that was kept, of those of which that is known: who waits longer already has been failed. */
function keptPart(record: readonly Told[], part: number, read: (told: Told) => [number, number]): number {
  let [known, kept] = [0, 0];
  for (const told of record) {
    const isKept = told.waitedMs <= read(told)[1];
    if (!told.started && isKept) continue;
    known += 1;
    if (isKept) kept += 1;
  }
  return known > 0 ? kept / known : part;
}

/** What waits of a certain length are told as. */
interface Knot {
  foreseenMs: number;
  toldMs: number;
}

/** One for each group of waits that were foreseen alike; ascending in both. */
function knotsOf(outcomes: Outcome[], level: number): Knot[] {
  outcomes.sort((a, b) => a.foreseenMs - b.foreseenMs);
  const lastFrom = Math.max(0, outcomes.length - GROUP);
  const knots: Knot[] = [];
  for (let from = 0; ; from = Math.min(from + GROUP / 2, lastFrom)) {
    const group = outcomes.slice(from, from + GROUP);
    const factor = Math.min(MOST, Math.max(1 / MOST, quantile(group, level)));
    // The last group also says what is told of the longest waits.
    const spoken = [group[Math.floor(group.length / 2)], from === lastFrom ? group.at(-1) : undefined];
    for (const { foreseenMs } of spoken.filter((one) => one !== undefined)) {
      // Of several groups about the same wait the last one has the most of them.
      if (knots.at(-1)?.foreseenMs === foreseenMs) knots.pop();
      knots.push({ foreseenMs, toldMs: Math.max(foreseenMs * factor, knots.at(-1)?.toldMs ?? 0) });
    }
    if (from === lastFrom) return knots;
  }
}

/**
 * The ratio that a part of all will not exceed. Who still waits is not left out, or only the short waits would count after a
 * burst: it counts as longer than so far (the estimator of Kaplan and Meier 1958).
 */
function quantile(group: readonly Outcome[], part: number): number {
  const ascending = group.toSorted((a, b) => a.ratio - b.ratio || Number(b.isKnown) - Number(a.isKnown));
  let longer = 1;
  for (const [at, { ratio, isKnown }] of ascending.entries()) {
    if (!isKnown) continue;
    longer *= 1 - 1 / (ascending.length - at);
    if (longer <= 1 - part + 1e-9) return ratio;
  }
  // So many still wait that nobody knows: at least as long as foreseen, and as the longest has waited already.
  return Math.max(1, ascending.at(-1)?.ratio ?? 1);
}

/**
 * Straight from knot to knot; before the first one in its proportion. Longer waits than there ever were are stretched like the
 * longest, but told earlier by no more than those: that short waits were shorter says nothing of a wait of days.
 */
function along(knots: readonly Knot[]): Stretch {
  const toldAt = (at: number): number => {
    const next = knots.findIndex((knot) => knot.foreseenMs > at);
    const [low, high] = next < 0 ? [knots.at(-1)] : [knots[next - 1], knots[next]];
    if (!low) return high ? (at * high.toldMs) / high.foreseenMs : at;
    if (!high) return low.toldMs + (at - low.foreseenMs) * Math.max(1, low.toldMs / low.foreseenMs);
    const part = (at - low.foreseenMs) / (high.foreseenMs - low.foreseenMs);
    return low.toldMs + part * (high.toldMs - low.toldMs);
  };
  return (foreseenMs) => Math.max(0, toldAt(foreseenMs + MOMENT_MS) - MOMENT_MS);
}

/** The predictions as they are told: each wait from `now` stretched. */
export function calibrated(
  predictions: ReadonlyMap<number, Prediction>,
  now: number,
  { p50, p90 }: Calibration,
): Map<number, Prediction> {
  const entries = Array.from(predictions, ([id, { p50At, p90At }]): [number, Prediction] => {
    const half = now + Math.round(p50(p50At - now));
    return [id, { p50At: half, p90At: Math.max(half, now + Math.round(p90(p90At - now))) }];
  });
  return new Map(entries);
}
