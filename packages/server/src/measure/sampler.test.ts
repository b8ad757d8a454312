import { expect, onTestFinished, test } from 'vitest';
import { EngineError } from '../engines/engine.ts';
import type { GpuSample } from '../hardware/hardware.ts';
import { silentLogger } from '../log.ts';
import { openStore } from '../store/store.ts';
import { startSampler } from './sampler.ts';

const START = Date.UTC(2031, 4, 4, 12);
const GPU = { uuid: 'GPU-1', index: 3, name: 'A100', utilizationPercent: 80, memoryUsedBytes: 5e9, processes: [] };

function runSampler() {
  const clock = { at: START, now: () => clock.at };
  const store = openStore(':memory:', clock);
  const gpus: GpuSample = { state: 'ok', at: START, since: START, gpus: [{ ...GPU }] };
  const world = { clock, store, gpus, memoryBytes: 1000, isDown: false };
  const stats = async () => {
    if (world.isDown) throw new EngineError('unreachable', 'nobody there');
    const none = { pids: 1, networkRxBytes: 0, networkTxBytes: 0, blockReadBytes: 0, blockWriteBytes: 0 };
    return { ...none, at: clock.at, cpuPercent: 150, memoryBytes: world.memoryBytes, memoryLimitBytes: 1e9 };
  };
  const sampler = startSampler({
    store,
    clock,
    log: silentLogger,
    config: { queue: { gpuSampleMaxAgeMs: 60_000, maxGpuAssignment: 2 } as never },
    engine: { machineId: 'local', container: () => ({ stats }) as never },
    hardware: { gpus: () => gpus, host: () => ({ cpus: 8, cpuPercent: 12, memoryBytes: 64e9, memoryUsedBytes: 8e9 }) },
  });
  onTestFinished(async () => {
    await sampler[Symbol.asyncDispose]();
    store[Symbol.dispose]();
  });
  return { ...world, world, sampler };
}

function runningJob({ store }: ReturnType<typeof runSampler>): number {
  const event = { actor: 'test', kind: 'test', message: '' };
  const { id } = store.jobs.create(
    {
      user: 'alice',
      name: 'n',
      state: 'receiving',
      source: 'upload',
      inbox: null,
      file: 'a.zip',
      zipPlace: 'accepted',
      unverified: false,
    },
    event,
  );
  const job = store.jobs.change(id, ['receiving'], { state: 'queued', numGpus: 1, numSlots: 1 });
  const attempt =
    job &&
    store.attempts.begin(job, { machineId: 'local', gpuUuids: ['GPU-1'], gpuModels: ['A100'], slotsPerGpu: 2 }, () => ({
      container: `dopq-${id}-1`,
      log: '/log',
    }));
  if (attempt) store.attempts.markRunning(attempt, 'c0ffee', START);
  return id;
}

const everything = { from: 0, to: Number.MAX_SAFE_INTEGER };

test('each measurement holds GPUs, machine, queue and running jobs, and what a job uses now can be asked for', async () => {
  const running = runSampler();
  const { sampler, store } = running;
  const id = runningJob(running);
  await sampler.measure();
  const fine = store.measurements.read(10, everything);
  const valuesOf = (subject: string) => fine.find((sample) => sample.subject === subject)?.means;
  expect(valuesOf('gpu:GPU-1')).toMatchObject({ utilization_percent: 80, allocated: 0.5, idle: 0, power_watts: null });
  expect(valuesOf(`job:${id}`)).toMatchObject({ cpu_percent: 150, memory_bytes: 1000, gpu_utilization_percent: 80 });
  expect(valuesOf('machine:local')).toMatchObject({ cpu_percent: 12, gpus: 1, gpus_allocated: 0.5, gpus_idle: 0 });
  expect(valuesOf('queue')).toEqual({ queued: 0, held: 0, running: 1, building: 0 });
  expect(sampler.latest(id)).toMatchObject({ cpuPercent: 150, gpuUtilizationPercent: 80, gpuMemoryBytes: 5e9 });
});

test('a GPU that a job has and that does nothing counts as idle, for the GPU, the machine and the job', async () => {
  const running = runSampler();
  const { sampler, store, gpus, clock, world } = running;
  const id = runningJob(running);
  await sampler.measure();
  clock.at += 10_000;
  gpus.gpus = [{ ...GPU, utilizationPercent: 0 }];
  world.memoryBytes = 400;
  await sampler.measure();
  const [, newest] = store.measurements.read(10, everything, 'gpu:GPU-1');
  expect(newest?.means).toMatchObject({ idle: 1, allocated: 0.5 });
  expect(store.measurements.read(10, everything, 'machine:local')[1]?.means).toMatchObject({ gpus_idle: 0.5 });
  expect(store.measurements.useOf(id)).toMatchObject({
    measurements: 2,
    memoryPeakBytes: 1000,
    gpuMeasurements: 2,
    gpuUtilizationSum: 80,
    gpuIdleSum: 1,
  });
});

test('steps of a minute and of ten minutes follow from the fine ones, also after a restart in between', async () => {
  const { sampler, store, clock, gpus } = runSampler();
  for (const utilizationPercent of [10, 20, 30]) {
    gpus.gpus = [{ ...GPU, utilizationPercent }];
    await sampler.measure();
    clock.at += 10_000;
  }
  expect(store.measurements.read(60, everything, 'gpu:GPU-1')[0]).toMatchObject({
    at: START,
    means: { utilization_percent: 20 },
    peaks: { utilization_percent: 30 },
  });
  expect(store.measurements.read(600, everything, 'gpu:GPU-1')).toHaveLength(1);
});

test('measurements are kept for two hours, two days and ninety days', async () => {
  const { sampler, store, clock, gpus } = runSampler();
  await sampler.measure();
  const counts = () => [10, 60, 600].map((step) => store.measurements.read(step, everything, 'queue').length);
  const after = async (passedMs: number) => {
    clock.at = START + passedMs;
    gpus.at = clock.at;
    await sampler.measure();
    return counts();
  };
  expect(await after(3 * 3_600_000)).toEqual([1, 2, 2]);
  expect(await after(3 * 86_400_000)).toEqual([1, 1, 3]);
  expect(await after(91 * 86_400_000)).toEqual([1, 1, 2]);
});

test('an engine that is out and GPU readings that are old are gaps, and nobody is woken by a measurement', async () => {
  const running = runSampler();
  const { sampler, store, gpus, clock, world } = running;
  const id = runningJob(running);
  world.isDown = true;
  clock.at += 120_000;
  gpus.at = START;
  let commits = 0;
  store.onCommit(() => commits++);
  await sampler.measure();
  expect(store.measurements.read(10, everything).map(({ subject }) => subject)).toEqual(['machine:local', 'queue']);
  expect(sampler.latest(id)).toBeUndefined();
  expect(commits).toBe(0);
});
