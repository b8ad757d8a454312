import { expect, it } from 'vitest';
import { RunTimes } from './run-times.ts';

const HOUR_MS = 3_600_000;

it.each([
  ['is the recorded one while nobody sets the clock', 0],
  ['moves with a clock that is set forward', 5 * HOUR_MS],
  ['moves with a clock that is set back', -5 * HOUR_MS],
])('the start of a run %s', (_title, setBy) => {
  let offset = 0;
  const clock = { now: () => Date.now() + offset };
  const runTimes = new RunTimes(clock);
  const run = { containerName: 'dopq-1-1', startedAt: clock.now() - HOUR_MS };
  expect(runTimes.begunAt(run)).toBe(run.startedAt);
  offset = setBy;
  expect(Math.abs(clock.now() - runTimes.begunAt(run) - HOUR_MS)).toBeLessThan(HOUR_MS / 2);
  expect(setBy !== 0 || runTimes.begunAt(run) === run.startedAt).toBe(true);
});

it('a run that began in the future, by a clock that was set back while nobody looked, begins now', () => {
  const runTimes = new RunTimes({ now: () => 1000 });
  expect(runTimes.begunAt({ containerName: 'dopq-1-1', startedAt: 5000 })).toBe(1000);
});

it('another start in the same container, or a name that was forgotten, is another run', () => {
  let now = 10_000;
  const runTimes = new RunTimes({ now: () => now });
  runTimes.begunAt({ containerName: 'dopq-1-1', startedAt: 0 });
  now = 1_000_000;
  expect(runTimes.begunAt({ containerName: 'dopq-1-1', startedAt: 900_000 })).toBe(900_000);
  runTimes.keep(new Set());
  expect(runTimes.begunAt({ containerName: 'dopq-1-1', startedAt: 0 })).toBe(0);
});
