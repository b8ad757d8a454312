// How the state of the GPU reader follows from what the readings bring. Pure.
import type { GpuSample } from './hardware.ts';
import type { GpuList } from './nvidia-output.ts';
import type { Trouble } from './nvidia-trouble.ts';

export type Reading = { ok: true; list: GpuList } | { ok: false; trouble: Trouble };

/** The next sample: a good reading replaces everything, a bad one leaves the last good one with its time. */
export function nextSample(last: GpuSample, reading: Reading, now: number): GpuSample {
  if (reading.ok) {
    const { gpus, driverVersion } = reading.list;
    const state = 'ok';
    return {
      state,
      at: now,
      since: sinceOf(last, state, now),
      gpus,
      ...(driverVersion !== undefined && { driverVersion }),
    };
  }
  const { message } = reading.trouble;
  // GPUs that were seen do not become a machine without GPUs: that would reject the jobs that wait for them.
  const state = last.at === undefined ? reading.trouble.state : 'failing';
  return { ...last, state, since: sinceOf(last, state, now), message };
}

function sinceOf(last: GpuSample, state: GpuSample['state'], now: number): number {
  return last.state === state ? last.since : now;
}

/** Pause before the next reading: the interval, doubled with each failure in a row up to `maxMs`. */
export function pauseMs(intervalMs: number, failuresInARow: number, maxMs = 30_000): number {
  return Math.min(intervalMs * 2 ** failuresInARow, Math.max(maxMs, intervalMs));
}
