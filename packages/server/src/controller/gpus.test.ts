import { expect, test } from 'vitest';
import type { GpuReading } from '../hardware/hardware.ts';
import { runController } from './running-controller.fixture.ts';

const gpu = (index: number, more: Partial<GpuReading> = {}): GpuReading => ({
  uuid: `GPU-${index}`,
  index,
  name: 'NVIDIA A100',
  processes: [],
  ...more,
});

test('each GPU is listed with its state and who is on it', async () => {
  await using running = await runController({ 'max.gpu.assignment': '2' });
  const { client, store, sample, view } = running;
  const [strange, ours] = [
    { pid: 77, name: 'python' },
    { pid: 78, name: 'python' },
  ];
  sample.gpus.push(gpu(3), gpu(0), gpu(1, { processes: [ours] }), gpu(2, { processes: [strange] }), gpu(4));
  view.unusableGpus = new Map([
    ['GPU-2', { state: 'outside', reason: 'used outside DoPQ by python (pid 77)' }],
    ['GPU-4', { state: 'stale', reason: 'not read for 40 s' }],
  ]);
  start(['GPU-0'], 2);
  const second = start(['GPU-1'], 1);
  view.jobsByPid = new Map([[78, second.id]]);

  const gpus = await client.gpus.list();

  expect(gpus.map(({ index, state, slots_used }) => [index, state, slots_used])).toEqual([
    [0, 'busy', 2],
    [1, 'shared', 1],
    [2, 'outside', 0],
    [3, 'free', 0],
    [4, 'stale', 0],
  ]);
  expect(gpus[1]?.jobs).toEqual([{ id: second.id, name: 'hello', user: 'alice' }]);
  expect(gpus[1]?.processes).toMatchObject([{ pid: 78, job_id: second.id }]);
  expect(gpus[2]).toMatchObject({ reason: expect.stringContaining('77'), processes: [{ pid: 77, job_id: null }] });
  expect(gpus[4]?.reason).toBe('not read for 40 s');

  function start(gpuUuids: string[], numSlots: number) {
    const job = running.addJob();
    store.jobs.change(job.id, ['receiving'], { state: 'queued', numGpus: 1, numSlots });
    const placement = { machineId: 'local', gpuUuids, gpuModels: ['A100'], slotsPerGpu: 2 };
    store.attempts.begin(store.jobs.get(job.id), placement, () => ({ container: `c${job.id}`, log: '/l' }));
    return job;
  }
});

test('readings that are too old are shown as such', async () => {
  await using running = await runController();
  running.sample.gpus.push(gpu(0));
  running.sample.message = 'nvidia-smi does not answer';
  running.clock.at += running.deps.config.queue.gpuSampleMaxAgeMs + 1000;
  expect(await running.client.gpus.list()).toMatchObject([
    { state: 'stale', reason: expect.stringContaining('does not answer') },
  ]);
});
