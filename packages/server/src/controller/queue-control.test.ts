import { findRefusal } from '@dopq/contract';
import { expect, test } from 'vitest';
import { runController } from './running-controller.fixture.ts';

const refusalOf = (call: Promise<unknown>) => call.then(undefined, (error: unknown) => findRefusal(error));

test('a lock with an end ends by itself, and who locked it is told', async () => {
  await using running = await runController();
  const { client, clock } = running;
  const until = new Date(clock.at + 60_000).toISOString();
  expect(await client.queue.lock({ message: 'driver update', until })).toEqual({
    locked: true,
    message: 'driver update',
    actor: 'admin',
    since: new Date(clock.at).toISOString(),
    until,
  });
  expect((await client.status()).queue.lock.locked).toBe(true);
  clock.at += 60_000;
  expect((await client.status()).queue.lock).toMatchObject({ locked: false, until: null });
  expect(await refusalOf(client.queue.lock({ until }))).toMatchObject({ code: 'BAD_REQUEST' });
});

test('a GPU is drained by number, UUID or the beginning of one, and given back also when it is gone', async () => {
  await using running = await runController();
  const { client, sample } = running;
  const gpu = (uuid: string, index: number) => ({ uuid, index, name: 'A100', processes: [] });
  sample.gpus = [gpu('GPU-aa11', 0), gpu('GPU-aa22', 1)];
  expect(await client.drains.add({ gpu: '1', reason: 'fan' })).toMatchObject([
    { kind: 'gpu', id: 'GPU-aa22', reason: 'fan', actor: 'admin' },
  ]);
  await client.drains.add({ gpu: 'gpu-AA11' });
  await client.drains.add({ machine: 'local', reason: 'move' });
  expect((await client.drains.list()).map(({ id }) => id)).toEqual(['GPU-aa11', 'GPU-aa22', 'local']);
  expect(await refusalOf(client.drains.add({ gpu: 'GPU-aa' }))).toMatchObject({
    code: 'GPU_NOT_FOUND',
    message: '"GPU-aa" is the beginning of 2 GPUs.',
  });
  expect(await refusalOf(client.drains.add({ machine: 'moon' }))).toMatchObject({ fix: 'There is: local.' });
  expect(await refusalOf(client.drains.add({ reason: 'nothing' }))).toMatchObject({ code: 'BAD_REQUEST' });
  sample.gpus = [];
  await client.drains.remove({ gpu: 'GPU-aa2' });
  await client.drains.remove({ machine: 'local' });
  expect((await client.drains.list()).map(({ id }) => id)).toEqual(['GPU-aa11']);
});

test('the policy is changed while jobs run, in the units of the wire, and reset to what config.ini says', async () => {
  await using running = await runController({ 'half.life': '7' });
  const { client, store } = running;
  const changed = await client.queue.changePolicy({
    set: { policy: 'fifo', half_life_seconds: 3600, max_running_jobs: 3 },
  });
  expect(changed.settings).toMatchObject({ policy: 'fifo', half_life_seconds: 3600, max_running_jobs: 3 });
  expect(changed.configured).toMatchObject({ policy: 'fair-share', half_life_seconds: 7 * 86_400 });
  expect(changed.changed).toEqual(['policy', 'half_life_seconds', 'max_running_jobs']);
  expect((await client.status()).queue.policy).toBe('fifo');
  expect(JSON.parse(store.settings.find('policy') ?? '')).toEqual({
    policy: 'fifo',
    halfLifeMs: 3_600_000,
    maxRunningJobs: 3,
  });
  const reset = await client.queue.changePolicy({ reset: ['policy', 'half_life_seconds', 'max_running_jobs'] });
  expect(reset).toEqual({ settings: changed.configured, configured: changed.configured, changed: [] });
  expect(store.settings.find('policy')).toBeUndefined();
});

test('clearing the history takes finished jobs out of sight and leaves active ones and what people used (row 75)', async () => {
  await using running = await runController();
  const { client, store, clock } = running;
  const [old, recent, active] = [running.addJob(), running.addJob({ user: 'bob' }), running.addJob()];
  const queued = store.jobs.change(old.id, ['receiving'], { state: 'queued', numGpus: 0, numSlots: 1 });
  const place = { machineId: 'local', gpuUuids: [], gpuModels: [], slotsPerGpu: 1 };
  const attempt = queued && store.attempts.begin(queued, place, () => ({ container: 'c', log: '/l' }));
  if (!attempt) throw new Error('not begun');
  store.attempts.markRunning(attempt, 'c0ffee', clock.at);
  store.attempts.finish(attempt, { outcome: 'succeeded', reason: null, exitCode: 0, endedAt: clock.at });
  store.jobs.change(old.id, ['finished'], { zipPlace: 'accepted' });
  clock.at += 10_000;
  store.jobs.change(recent.id, ['receiving'], { state: 'finished', outcome: 'rejected', finishedAt: clock.at });
  const before = new Date(clock.at - 5000).toISOString();
  const past = () => store.pastRuns.newest(0).length;

  expect(await client.queue.clearHistory({ before })).toEqual({ cleared: 1 });
  expect((await client.jobs.list({ scope: 'all' })).map(({ id }) => id)).toEqual([active.id, recent.id]);
  expect(await refusalOf(client.jobs.get({ id: old.id }))).toMatchObject({ code: 'JOB_NOT_FOUND' });
  expect(past()).toBe(1);

  // Its container is still there: it is not forgotten yet.
  await client.queue.clearHistory({ forget_use: true, user: 'alice' });
  expect(past()).toBe(1);
  store.attempts.markCleared(old.id, 1);
  await client.queue.clearHistory({ forget_use: true, user: 'alice' });
  expect(past()).toBe(0);
  expect(store.jobs.find(old.id)).toBeUndefined();
  expect(await client.jobs.list({ scope: 'all' })).toHaveLength(2);
});

test('a shutdown leaves jobs running and says how many, or stops them first under a lock (row 75)', async () => {
  await using running = await runController();
  const { client, store, asked } = running;
  const { id } = running.addJob();
  store.jobs.change(id, ['receiving'], { state: 'running' });
  expect(await client.server.shutDown({ stop_jobs: true })).toEqual({ running: 1, stopping_jobs: true });
  expect(store.jobs.get(id).cancelRequestedAt).not.toBeNull();
  expect(asked).not.toContain('shutDown');
  expect((await client.status()).queue.lock).toMatchObject({ locked: true, message: 'DoPQ is shut down' });
  store.jobs.change(id, ['running'], { state: 'finished', outcome: 'cancelled', finishedAt: 1 });
  expect(asked).toContain('shutDown');
  expect(await client.server.shutDown({})).toEqual({ running: 0, stopping_jobs: false });
});
