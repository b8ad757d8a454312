import { expect, test } from 'vitest';
import { widened, wideningOf } from './calibrate.ts';

test('where nine of ten promises are kept nothing is widened, where fewer are it is, up to a bound', () => {
  expect(wideningOf({ started: 0, keptP90: 0 })).toBe(1);
  expect(wideningOf({ started: 100, keptP90: 90 })).toBe(1);
  expect(wideningOf({ started: 100, keptP90: 80 })).toBeCloseTo(Math.exp(0.05 * 10), 12);
  expect(wideningOf({ started: 1000, keptP90: 100 })).toBe(20);
});

test('waits that are always twice as long as foreseen end with nine of ten promises kept', () => {
  let [started, keptP90] = [0, 0];
  for (let job = 0; job < 2000; job += 1) {
    // Half of what happens is worse than that, by up to as much again.
    const took = 2 + 2 * ((job * 0.618) % 1);
    if (took <= wideningOf({ started, keptP90 })) keptP90 += 1;
    started += 1;
  }
  expect(keptP90 / started).toBeGreaterThan(0.87);
  expect(keptP90 / started).toBeLessThan(0.93);
});

test('only P90 moves', () => {
  expect(widened(new Map([[1, { p50At: 110, p90At: 120 }]]), 100, 2)).toEqual(
    new Map([[1, { p50At: 110, p90At: 140 }]]),
  );
});
