import { expect, it } from 'vitest';
import { nextSample, pauseMs, type Reading } from './gpu-sample.ts';
import type { GpuSample } from './hardware.ts';

const starting: GpuSample = { state: 'starting', since: 100, gpus: [] };
const gpus = [{ uuid: 'GPU-a', index: 0, name: 'A', processes: [] }];
const good: Reading = { ok: true, list: { gpus, driverVersion: '550' } };
const absent: Reading = { ok: false, trouble: { state: 'absent', message: 'no GPU' } };
const failing: Reading = { ok: false, trouble: { state: 'failing', message: 'hung' } };

it('keeps the last good reading and its time while readings fail', () => {
  const seen = nextSample(starting, good, 200);
  expect(seen).toEqual({ state: 'ok', at: 200, since: 200, gpus, driverVersion: '550' });
  expect(nextSample(seen, failing, 300)).toEqual({ ...seen, state: 'failing', since: 300, message: 'hung' });
});

it('says since when the state is what it is, and drops the message once all is well', () => {
  const failed = nextSample(nextSample(starting, failing, 200), failing, 300);
  expect(failed).toEqual({ state: 'failing', since: 200, message: 'hung', gpus: [] });
  expect(nextSample(failed, good, 400)).toEqual({ state: 'ok', at: 400, since: 400, gpus, driverVersion: '550' });
  expect(nextSample(nextSample(failed, good, 400), good, 500)).toMatchObject({ at: 500, since: 400 });
});

it('takes a machine for one without GPUs only if none was ever seen', () => {
  expect(nextSample(starting, absent, 200)).toEqual({ state: 'absent', since: 200, message: 'no GPU', gpus: [] });
  const gone = nextSample(nextSample(starting, good, 200), absent, 300);
  expect(gone).toMatchObject({ state: 'failing', message: 'no GPU', gpus });
});

it.each([
  [5000, 0, 5000],
  [5000, 1, 10_000],
  [5000, 2, 20_000],
  [5000, 3, 30_000],
  [5000, 2000, 30_000],
  [60_000, 4, 60_000],
])('with an interval of %i ms and %i failures in a row waits %i ms', (intervalMs, failures, expected) => {
  expect(pauseMs(intervalMs, failures)).toBe(expected);
});
