import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyPolicy, anyWorld, drain, NOW } from '../test/any-world.ts';
import { forecast } from './forecast.ts';
import type { PastRun, QueuedJob, Snapshot } from './snapshot.ts';

const HOUR = 3_600_000;

test('with known run times and no arrivals the prediction is what happens', () => {
  fc.assert(
    fc.property(anyWorld, anyPolicy, (world, policy) => {
      const queued = world.jobs.map((job) => ({ ...job, expectedRunMs: job.runMs }));
      const snapshot = { machines: world.machines, queued, running: [], history: world.history };
      const predicted = forecast(snapshot, policy, NOW, { walks: 2 });
      const happened = new Map<number, number>();
      drain({ ...world, jobs: queued }, policy, ({ running }) => {
        for (const { id, startedAt } of running) happened.set(id, startedAt);
      });
      expect(new Map([...predicted].map(([id, { p90At }]) => [id, p90At]))).toEqual(happened);
      expect([...predicted.values()].every(({ p50At, p90At }) => p50At === p90At)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

describe('with run times out of the past', () => {
  const past = (hours: number, at: number): PastRun => ({
    id: -at,
    user: 'ada',
    startedAt: NOW - hours * HOUR,
    finishedAt: NOW - at,
    models: [],
    memoryBytes: 0,
    cpus: 0,
  });
  const job = (id: number): QueuedJob => ({
    id,
    user: 'ada',
    queuedAt: id,
    numGpus: 0,
    numSlots: 1,
    memoryBytes: 0,
    cpus: 1,
  });
  const snapshot = (queued: QueuedJob[], more: Partial<Snapshot> = {}): Snapshot => ({
    machines: [{ id: 'm', gpus: [], memoryBytes: 0, cpus: 1 }],
    queued,
    running: [],
    history: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((hours) => past(hours, hours)),
    ...more,
  });

  test('half of the past lies before P50, nine tenths before P90', () => {
    const second = forecast(snapshot([job(1), job(2)]), { kind: 'fifo' }, NOW).get(2);
    expect(second?.p50At).toBeCloseTo(NOW + 5 * HOUR, -2);
    expect(second?.p90At).toBeCloseTo(NOW + 9 * HOUR, -2);
  });

  test('what has run for long already is only compared with the longer ones', () => {
    const running = [{ ...job(9), machineId: 'm', gpuUuids: [], startedAt: NOW - 8.5 * HOUR }];
    expect(forecast(snapshot([job(1)], { running }), { kind: 'fifo' }, NOW).get(1)).toEqual({
      p50At: NOW + 0.5 * HOUR - 9,
      p90At: NOW + 1.5 * HOUR - 10,
    });
  });

  test('nobody waits for longer than the limits of those before', () => {
    const limited = { ...job(1), timeLimitMs: HOUR };
    expect(forecast(snapshot([limited, job(2)]), { kind: 'fifo' }, NOW).get(2)?.p90At).toBe(NOW + HOUR);
  });

  test('the same snapshot gives the same figures, and a job that cannot run has none', () => {
    const given = snapshot([job(1), job(2), { ...job(3), cpus: 9 }]);
    const first = forecast(given, { kind: 'fair-share' }, NOW);
    expect(forecast(given, { kind: 'fair-share' }, NOW)).toEqual(first);
    expect([...first.keys()]).toEqual([1, 2]);
  });

  test('a job that waits for others is predicted for when they have ended', () => {
    const known = (id: number, hours: number, more = {}) => ({ ...job(id), expectedRunMs: hours * HOUR, ...more });
    const last = known(3, 1, {
      after: [
        { jobId: 2, success: true },
        { jobId: 9, success: false },
      ],
    });
    const running = [{ ...job(9), machineId: 'm', gpuUuids: [], startedAt: NOW - HOUR, expectedEndAt: NOW + HOUR }];
    const machines = [{ id: 'm', gpus: [], memoryBytes: 0, cpus: 2 }];
    const given = snapshot([known(1, 2), known(2, 4), last, known(4, 1, { after: [{ jobId: 77, success: true }] })]);
    const found = forecast({ ...given, machines, running }, { kind: 'fifo' }, NOW, { walks: 1 });
    expect([1, 2, 3, 4].map((id) => found.get(id)?.p50At)).toEqual([NOW, NOW + HOUR, NOW + 5 * HOUR, undefined]);
  });

  test('a job that may not start yet is predicted for when it may', () => {
    const later = { ...job(1), notBeforeAt: NOW + 2 * HOUR };
    expect(forecast(snapshot([later]), { kind: 'fifo' }, NOW).get(1)).toEqual({
      p50At: NOW + 2 * HOUR,
      p90At: NOW + 2 * HOUR,
    });
  });
});
