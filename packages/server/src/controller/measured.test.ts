import { findRefusal } from '@dopq/contract';
import { expect, test } from 'vitest';
import { runController } from './running-controller.fixture.ts';

test('a series has columns of means and peaks, in the finest step that still has its beginning', async () => {
  await using running = await runController();
  const { client, store, clock } = running;
  const sample = (at: number, cpu: number) => ({ subject: 'job:7', at, means: { cpu }, peaks: { cpu: cpu + 1 } });
  store.measurements.put(10, [sample(clock.at - 20_000, 5), sample(clock.at - 10_000, 6)]);
  store.measurements.put(60, [sample(clock.at - 7_200_000 - 60_000, 9)]);
  const read = (agoMs: number) =>
    client.series.read({ subjects: ['job:7', 'queue'], from: new Date(clock.at - agoMs).toISOString() });

  expect(await read(3_600_000)).toEqual({
    step_seconds: 10,
    series: [
      {
        subject: 'job:7',
        times: [clock.at / 1000 - 20, clock.at / 1000 - 10],
        means: { cpu: [5, 6] },
        peaks: { cpu: [6, 7] },
      },
      { subject: 'queue', times: [], means: {}, peaks: {} },
    ],
  });
  expect(await read(8_000_000)).toMatchObject({ step_seconds: 60, series: [{ means: { cpu: [9] } }, {}] });
  expect(await read(80 * 86_400_000)).toMatchObject({ step_seconds: 600 });
});

test('what a job used over its time is told after its end, and only a running one can be looked into', async () => {
  await using running = await runController();
  const { client, store } = running;
  const { id } = running.addJob();
  expect(await client.jobs.stats({ id })).toEqual({ now: null, overall: null });
  const now = { jobId: id, cpuPercent: 100, memoryBytes: 5, gpuUtilizationPercent: 50 };
  store.measurements.addUse(now, false);
  store.measurements.addUse({ ...now, gpuUtilizationPercent: 0, memoryBytes: 9 }, true);
  expect((await client.jobs.stats({ id })).overall).toEqual({
    measurements: 2,
    cpu_percent_mean: 100,
    memory_bytes_peak: 9,
    gpu_utilization_percent_mean: 25,
    gpu_idle_fraction: 0.5,
  });
  const refused = await client.jobs.top({ id }).catch((error: unknown) => findRefusal(error));
  expect(refused).toMatchObject({ code: 'JOB_NOT_RUNNING' });
});
