import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Calibration, calibrated, calibrationOf, type Told } from './calibrate.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Foreseen: P50 in one hour, P90 in two; told as if just so many had been kept as should be. */
const foreseen = (waits: number[], more: Partial<Told> = {}): Told[] =>
  waits.map((hours, at) => ({
    foreseenP50Ms: HOUR,
    foreseenP90Ms: 2 * HOUR,
    toldP50Ms: at % 2 === 0 ? 1e12 : -1,
    toldP90Ms: at % 10 === 0 ? -1 : 1e12,
    waitedMs: hours * HOUR,
    started: true,
    ...more,
  }));

const inHours = ({ p50, p90 }: Calibration): number[] => [p50(HOUR) / HOUR, p90(2 * HOUR) / HOUR];

describe('the calibration of a record', () => {
  test('without a record everything is told as foreseen', () => {
    const { p50, p90 } = calibrationOf([]);
    for (const wait of [0, 1000, HOUR, 1000 * HOUR]) expect([p50(wait), p90(wait)]).toEqual([wait, wait]);
  });

  test('P50 is what half of the waits kept to, P90 what nine of ten did, each by itself', () => {
    const waits = [0, 0.5, 1, 1.5, 2, 3, 4, 5, 7, 30];
    expect(inHours(calibrationOf(foreseen(waits)))).toEqual([2, 7].map((hours) => expect.closeTo(hours, 9)));
  });

  test('what was foreseen too late is told earlier', () => {
    const record = foreseen(Array.from({ length: 20 }, () => 0.5));
    expect(inHours(calibrationOf(record))).toEqual([0.5, 0.5].map((hours) => expect.closeTo(hours, 9)));
  });

  test('who still waits counts as longer than so far', () => {
    const short = foreseen(Array.from({ length: 12 }, () => 0.1));
    const waiting = foreseen(
      Array.from({ length: 12 }, () => 5),
      { started: false, toldP50Ms: 1e12, toldP90Ms: 1e12 },
    );
    const fresh = waiting.map((one) => ({ ...one, waitedMs: 0 }));
    expect(inHours(calibrationOf(short))[1]).toBeCloseTo(0.1, 9);
    expect(inHours(calibrationOf([...short, ...waiting]))[1]).toBeCloseTo(5, 9);
    // Just told: nothing is known of them yet, and nothing changes.
    expect(inHours(calibrationOf([...short, ...fresh]))).toEqual(inHours(calibrationOf(short)));
  });

  test.each([9, 10, 300])('%i waits of which nobody has started yet say nothing of how long they will be', (count) => {
    const open = { started: false, toldP50Ms: 1e12, toldP90Ms: 1e12 };
    const waits = (hours: number) =>
      foreseen(
        Array.from({ length: count }, () => hours),
        open,
      );
    expect(inHours(calibrationOf(waits(0.01)))).toEqual([1, 2].map((hours) => expect.closeTo(hours, 9)));
  });

  test('where fewer were kept than should be, more is told, and where more were, less', () => {
    const waits = Array.from({ length: 100 }, (_, at) => at / 10);
    const told = (toldMs: number) => inHours(calibrationOf(foreseen(waits, { toldP50Ms: toldMs, toldP90Ms: toldMs })));
    expect(told(0.1 * HOUR)[0]).toBeGreaterThan(6);
    expect(told(9.9 * HOUR)[0]).toBeLessThan(3);
  });

  test('short waits are corrected by short ones, long by long ones, and what is foreseen later is told later', () => {
    const short = foreseen(
      Array.from({ length: 400 }, (_, at) => 0.1 + (at % 10) / 20),
      { foreseenP50Ms: 0.1 * HOUR },
    );
    const long = foreseen(
      Array.from({ length: 400 }, (_, at) => 10 + (at % 10)),
      { foreseenP50Ms: 20 * HOUR },
    );
    const { p50 } = calibrationOf([...short, ...long]);
    expect(p50(0.1 * HOUR) / HOUR).toBeCloseTo(0.3, 9);
    expect(p50(20 * HOUR) / HOUR).toBeCloseTo(14, 9);
    const told = Array.from({ length: 300 }, (_, at) => p50(at * 0.1 * HOUR));
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });

  test('that short waits were even shorter says little of a long one; that they were longer says it of all', () => {
    const wait = (hours: number) =>
      foreseen(
        Array.from({ length: 50 }, () => hours),
        { foreseenP50Ms: HOUR / 2, foreseenP90Ms: HOUR / 2 },
      );
    const { p50: shrunk } = calibrationOf(wait(0.1));
    expect([HOUR / 2, HOUR, 20 * HOUR].map((ms) => shrunk(ms) / HOUR)).toEqual(
      [0.1, 0.6, 19.6].map((hours) => expect.closeTo(hours, 9)),
    );
    const { p50: stretched } = calibrationOf(wait(1));
    expect(stretched(20 * HOUR) / HOUR).toBeGreaterThan(38);
  });

  test('nothing is stretched without bound', () => {
    expect(inHours(calibrationOf(foreseen(Array.from({ length: 50 }, () => 5000))))[0]).toBeCloseTo(20 + 19 / 60, 9);
  });

  test('in hindsight half of the record keeps its P50 and nine of ten their P90, whatever went wrong', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 19 * HOUR }), { minLength: 10, maxLength: 200 }), (waits) => {
        const { p50, p90 } = calibrationOf(
          foreseen(waits.map((ms) => ms / HOUR)).map((one, at, { length }) => ({
            ...one,
            toldP50Ms: at < length / 2 ? 1e12 : -1,
            toldP90Ms: at < length * 0.9 ? 1e12 : -1,
          })),
        );
        const part = (told: number): number => waits.filter((ms) => ms <= told * (1 + 1e-9)).length / waits.length;
        expect(part(p50(HOUR))).toBeGreaterThanOrEqual(0.5 - 1 / waits.length);
        expect(part(p90(2 * HOUR))).toBeGreaterThanOrEqual(0.9 - 1 / waits.length);
        const less = (told: number): number => waits.filter((ms) => ms < told * (1 - 1e-9)).length / waits.length;
        // No wait is told as less than a twentieth of what was foreseen.
        expect(p50(HOUR) < 3 * MINUTE || less(p50(HOUR)) <= 0.5).toBe(true);
        expect(p90(2 * HOUR) < 6 * MINUTE || less(p90(2 * HOUR)) <= 0.9).toBe(true);
      }),
    );
  });
});

test('what is told: each wait stretched from now on, P90 never before P50, neither in the past', () => {
  const predictions = new Map([[1, { p50At: HOUR, p90At: 2 * HOUR }]]);
  const times = (factor: number) => (ms: number) => ms * factor;
  expect(calibrated(predictions, HOUR / 2, { p50: times(1), p90: times(3) })).toEqual(
    new Map([[1, { p50At: HOUR, p90At: 5 * HOUR }]]),
  );
  expect(calibrated(predictions, 0, { p50: times(3), p90: times(1) }).get(1)).toEqual({
    p50At: 3 * HOUR,
    p90At: 3 * HOUR,
  });
  expect(calibrated(predictions, HOUR, calibrationOf([])).get(1)).toEqual({ p50At: HOUR, p90At: 2 * HOUR });
});

test('waits that are always longer than foreseen, one after the other: the promises are kept as often as they say', () => {
  const record: Told[] = [];
  let [keptP50, keptP90] = [0, 0];
  const count = 1500;
  for (let job = 0; job < count; job += 1) {
    const p50At = HOUR * (1 + (job % 7));
    const prediction = { p50At, p90At: 1.1 * p50At };
    const waitedMs = p50At * (1.5 + 2.5 * ((job * 0.618) % 1));
    const told = calibrated(new Map([[0, prediction]]), 0, calibrationOf(record.slice(-400))).get(0) ?? prediction;
    if (waitedMs <= told.p50At) keptP50 += 1;
    if (waitedMs <= told.p90At) keptP90 += 1;
    const foreseenMs = { foreseenP50Ms: prediction.p50At, foreseenP90Ms: prediction.p90At };
    record.push({ ...foreseenMs, toldP50Ms: told.p50At, toldP90Ms: told.p90At, waitedMs, started: true });
  }
  expect(keptP50 / count).toBeGreaterThan(0.47);
  expect(keptP50 / count).toBeLessThan(0.53);
  expect(keptP90 / count).toBeGreaterThan(0.87);
  expect(keptP90 / count).toBeLessThan(0.93);
});
