import { expect, test } from 'vitest';
import { runController, type RunningController } from './running-controller.fixture.ts';

const HOUR = 3_600_000;

interface Ran {
  user: string;
  queuedAt: number;
  startedAt: number;
  endedAt: number;
  gpus: string[];
  outcome?: 'succeeded' | 'failed' | 'cancelled';
}

function ran(running: RunningController, { user, queuedAt, startedAt, endedAt, gpus, outcome = 'succeeded' }: Ran) {
  const { store } = running;
  const { id } = running.addJob({ user });
  const job = store.jobs.change(id, ['receiving'], {
    state: 'queued',
    queuedAt,
    numGpus: gpus.length,
    numSlots: 1,
    cpus: 2,
  });
  const place = { machineId: 'local', gpuUuids: gpus, gpuModels: gpus.map(() => 'A100'), slotsPerGpu: 2 };
  const attempt = job && store.attempts.begin(job, place, () => ({ container: `c${id}`, log: '/l' }));
  if (!attempt) throw new Error('not begun');
  store.attempts.markRunning(attempt, 'c0ffee', startedAt);
  store.attempts.finish(attempt, { outcome, reason: null, exitCode: 0, endedAt });
  return id;
}

test('hours count as far as they lie in the period, by user, by day and by GPU', async () => {
  await using running = await runController();
  const { client, store } = running;
  const midnight = Date.UTC(2031, 4, 4);
  const measured = ran(running, {
    user: 'alice',
    queuedAt: midnight - 3 * HOUR,
    startedAt: midnight - 2 * HOUR,
    endedAt: midnight + 2 * HOUR,
    gpus: ['GPU-1', 'GPU-2'],
  });
  store.measurements.addUse({ jobId: measured, cpuPercent: 1, memoryBytes: 1, gpuUtilizationPercent: 80 }, false);
  store.measurements.addUse({ jobId: measured, cpuPercent: 1, memoryBytes: 1, gpuUtilizationPercent: 0 }, true);
  const bob = { user: 'bob', gpus: ['GPU-1'], outcome: 'failed' as const };
  ran(running, { ...bob, queuedAt: midnight, startedAt: midnight + HOUR, endedAt: midnight + 2 * HOUR });
  ran(running, { ...bob, queuedAt: midnight, startedAt: midnight + 3 * HOUR, endedAt: midnight + 4 * HOUR });
  const period = {
    from: new Date(midnight - HOUR).toISOString(),
    to: new Date(midnight + 12 * HOUR).toISOString(),
  };

  const byUser = await client.usage.report(period);
  expect(byUser.lines).toEqual([
    {
      key: 'alice',
      jobs: 1,
      gpu_hours: 3,
      cpu_hours: 6,
      run_hours: 3,
      wait_seconds_p50: null,
      wait_seconds_p90: null,
      succeeded: 1,
      failed: 0,
      cancelled: 0,
      interrupted: 0,
      gpu_utilization_percent: 40,
      gpu_idle_hours: 1.5,
    },
    expect.objectContaining({
      key: 'bob',
      jobs: 2,
      gpu_hours: 1,
      wait_seconds_p50: 3600,
      wait_seconds_p90: 3 * 3600,
      failed: 2,
      gpu_utilization_percent: null,
    }),
  ]);
  expect(byUser.total).toMatchObject({ jobs: 3, gpu_hours: 4, succeeded: 1, failed: 2 });
  const hours = async (by: 'day' | 'gpu', user?: string) =>
    Object.fromEntries(
      (await client.usage.report({ ...period, by, user })).lines.map((line) => [line.key, line.gpu_hours]),
    );
  expect(await hours('day')).toEqual({ '2031-05-03': 1, '2031-05-04': 3 });
  expect(await hours('gpu')).toEqual({ 'GPU-1': 2.5, 'GPU-2': 1.5 });
  expect(await hours('gpu', 'bob')).toEqual({ 'GPU-1': 1 });
});

test('a report over nothing has no lines, and a period that is none is refused', async () => {
  await using running = await runController();
  const from = new Date(running.clock.at).toISOString();
  const refused = await running.client.usage.report({ from }).catch((error: Error) => error.message);
  expect(refused).toContain('longer than nothing');
  running.clock.at += HOUR;
  expect(await running.client.usage.report({ from })).toMatchObject({ lines: [], total: { jobs: 0, gpu_hours: 0 } });
});
