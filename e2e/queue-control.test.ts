// What operators do to the queue as a whole, on the whole product with a simulated engine.
import { type Dopq, startDopq, waitFor, zip } from '@dopq/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';

let dopq: Dopq;

beforeAll(async () => {
  dopq = await startDopq();
});
afterAll(async () => {
  await dopq[Symbol.asyncDispose]();
});

async function submit(name: string, config: object, command = 'sleep 600'): Promise<number> {
  const files = {
    Dockerfile: `FROM busybox\nCMD ${command}\n`,
    'container_config.json': JSON.stringify({ name, required_memory: '16m', ...config }),
  };
  dopq.drop('alice', `${name}.zip`, await zip(files));
  const job = await waitFor(
    async () => (await dopq.client.jobs.list({ text: name, states: ['queued', 'running'] }))[0],
    {
      timeoutMs: 60_000,
      message: `${name} to wait or run`,
    },
  );
  return job.id;
}

const job = (id: number) => dopq.client.jobs.get({ id });
const runs = (id: number) =>
  waitFor(async () => (await job(id)).state === 'running', { timeoutMs: 60_000, message: `#${id} to run` });

test('a drained GPU gets no job, a drained machine gets none at all, and both serve again when given back', async () => {
  const gpus = await dopq.client.gpus.list();
  for (const { uuid } of gpus) await dopq.client.drains.add({ gpu: uuid, reason: 'new fan' });
  expect((await dopq.client.gpus.list()).map(({ state, reason }) => [state, reason])).toEqual(
    gpus.map(() => ['drained', 'drained: new fan']),
  );
  const onGpu = await submit('on-gpu', { num_gpus: 1 });
  await waitFor(async () => /drained: new fan/.test((await job(onGpu)).reason ?? ''), { timeoutMs: 60_000 });

  await dopq.client.drains.add({ machine: 'local', reason: 'moves' });
  const onCpu = await submit('on-cpu', { num_gpus: 0 });
  expect(await job(onCpu)).toMatchObject({ state: 'queued', reason: 'the machine local is drained: moves' });

  await dopq.client.drains.remove({ machine: 'local' });
  await runs(onCpu);
  expect((await job(onGpu)).state).toBe('queued');
  await dopq.client.drains.remove({ gpu: '0' });
  await runs(onGpu);
  expect((await job(onGpu)).gpu_indices).toEqual([0]);
  for (const { uuid } of gpus.slice(1)) await dopq.client.drains.remove({ gpu: uuid });
});

test('a lock that expires lets jobs start by itself and says so', async () => {
  await dopq.client.queue.lock({ message: 'soon over', until: new Date(Date.now() + 4000).toISOString() });
  const id = await submit('after-lock', { num_gpus: 0 });
  await runs(id);
  const { lock } = (await dopq.client.status()).queue;
  expect(lock.locked).toBe(false);
  const started = Date.parse((await job(id)).started_at ?? '');
  expect(started).toBeGreaterThan(0);
});

test('a policy changed at run time holds over a restart, and a shutdown leaves jobs running', async () => {
  await dopq.client.queue.changePolicy({ set: { policy: 'fifo', max_running_jobs: 50 } });
  const { running } = await dopq.client.server.shutDown({});
  expect(running).toBe(3);
  await dopq.ended();
  await dopq.start();
  expect(await dopq.client.queue.policy()).toMatchObject({
    settings: { policy: 'fifo', max_running_jobs: 50 },
    configured: { policy: 'fair-share', max_running_jobs: null },
  });
  expect((await dopq.client.jobs.list({ state: 'running' })).length).toBe(3);
});
