import { expect, test } from 'vitest';
import { leanerAsks, provenGains } from './efficiency.ts';
import type { Trace, TraceJob } from './trace.ts';

const HOUR = 3_600_000;
const GB = 2 ** 30;
const gpu = (uuid: string) => ({ uuid, model: 'A100', memoryBytes: 80 * GB, slots: 1, usable: true });
const job = (user: string, submittedAt: number, runMs: number, more: Partial<TraceJob> = {}): TraceJob => ({
  user,
  submittedAt,
  runMs,
  numGpus: 1,
  numSlots: 1,
  memoryBytes: 64 * GB,
  cpus: 8,
  requestedMs: 24 * HOUR,
  ...more,
});

test('what was not used is told as something smaller to ask for, with a reserve and in round figures', () => {
  const used = { ranMs: 1.5 * HOUR, memoryPeakBytes: 10 * GB, cpus: 1.1, gpuIdle: 1 };
  expect(leanerAsks(job('ada', 0, 1.5 * HOUR), used).map(({ text }) => text)).toEqual([
    'with a time limit of 2 h',
    'with 13 GiB of memory',
    'with 2 CPUs',
    'without GPUs',
  ]);
});

test('what was used nearly all is left alone, and so is what nobody measured', () => {
  const used = { ranMs: 22 * HOUR, memoryPeakBytes: 50 * GB, cpus: 7, gpuIdle: 0.4 };
  expect(leanerAsks(job('ada', 0, 22 * HOUR), used)).toEqual([]);
  expect(leanerAsks(job('ada', 0, 22 * HOUR), { ranMs: 22 * HOUR })).toEqual([]);
});

test('a job without a limit is told that one would help', () => {
  expect(leanerAsks(job('ada', 0, HOUR, { requestedMs: undefined }), { ranMs: HOUR })).toEqual([
    { text: 'with a time limit of 1 h 15 min', job: { requestedMs: 1.25 * HOUR } },
  ]);
});

test('the gain of each is what a replay of the same hours gives', () => {
  // One GPU is free until both are needed at 3 h; the job ran one hour but asked for 24, so it was not fitted in before.
  const mine = job('ada', 2, HOUR);
  const trace: Trace = {
    machines: [{ id: 'm', gpus: [gpu('a'), gpu('b')], memoryBytes: 512 * GB, cpus: 64 }],
    unusable: 0,
    jobs: [
      job('bob', 0, 3 * HOUR, { requestedMs: 3 * HOUR }),
      job('eve', 1, 2 * HOUR, { numGpus: 2, requestedMs: 2 * HOUR }),
      mine,
    ],
  };
  const asks = leanerAsks(mine, { ranMs: HOUR, memoryPeakBytes: 4 * GB });
  expect(provenGains(trace, { kind: 'fifo' }, 2, asks)).toMatchObject([
    { text: 'with a time limit of 1 h 15 min', gainMs: 5 * HOUR - 2 },
    { text: 'with 5 GiB of memory', gainMs: 0 },
  ]);
});
