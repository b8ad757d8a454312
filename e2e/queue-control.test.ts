// What operators do to the queue as a whole, on the whole product with a simulated engine.
import { fileURLToPath } from 'node:url';
import { type Dopq, startDopq, waitFor, zip } from '@dopq/testbed';
import { execa } from 'execa';
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
  // A short one may have ended by the first look.
  const query = { scope: 'all', text: name, states: ['queued', 'running', 'finished'] } as const;
  const found = await waitFor(
    async () => (await dopq.client.jobs.list({ ...query, states: [...query.states] })).find((one) => one.name === name),
    { timeoutMs: 60_000, message: `${name} to wait, run or end` },
  );
  return found.id;
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

/** The address of the page, and a token of one user. */
async function signIn(user: string): Promise<{ origin: string; token: string }> {
  const origin = await waitFor(async () => (await dopq.client.status()).controller.address, { timeoutMs: 60_000 });
  const { secret } = await dopq.client.tokens.create({ user, name: 'test', scope: 'all' });
  return { origin, token: secret };
}

test('in a terminal a user types inside an own running job, and nobody else gets in', async () => {
  const id = await submit('with-terminal', { num_gpus: 0 });
  await runs(id);
  const open = async (user: string) => {
    const { origin, token } = await signIn(user);
    const url = `${origin.replace('http', 'ws')}/jobs/${id}/terminal?columns=100&rows=30`;
    return new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
  };
  const own = await open('alice');
  own.binaryType = 'arraybuffer';
  let shown = '';
  let exit: unknown;
  own.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') exit = JSON.parse(data);
    else shown += Buffer.from(data as ArrayBuffer).toString();
  });
  await waitFor(() => shown.includes('$ '), { timeoutMs: 60_000, message: 'a prompt' });
  own.send(JSON.stringify({ resize: { columns: 120, rows: 40 } }));
  own.send(Buffer.from('echo hello-inside\r'));
  await waitFor(() => shown.includes('hello-inside\r\n'), { timeoutMs: 60_000, message: 'an answer' });
  own.send(Buffer.from('exit\r'));
  await waitFor(() => own.readyState === WebSocket.CLOSED, { timeoutMs: 60_000, message: 'the end' });
  expect(exit).toEqual({ exit: 0 });
  expect((await dopq.client.jobs.events({ id })).at(-1)).toMatchObject({ kind: 'terminal', actor: 'user:alice' });

  const strange = await open('bob');
  const refused = await new Promise((resolve) => {
    strange.addEventListener('error', () => resolve('refused'));
    strange.addEventListener('open', () => resolve('open'));
  });
  expect(refused).toBe('refused');
});

test.each(['wait-for-my-jobs.ts', 'idle-gpus.ts'])('the program docs/client/%s runs as it stands', async (program) => {
  const { origin, token } = await signIn('alice');
  const file = fileURLToPath(new URL(`../docs/client/${program}`, import.meta.url));
  const { stdout } = await execa(process.execPath, [file], { env: { DOPQ_HOST: origin, DOPQ_TOKEN: token } });
  expect(stdout).toMatch(/^\d+ (waiting|GPUs looked at)$/m);
});

test('a retry with changes is a new job from the same archive, built no second time', async () => {
  const id = await submit('again', { num_gpus: 0 }, 'true');
  await waitFor(async () => (await job(id)).state === 'finished', { timeoutMs: 60_000, message: `#${id} to end` });
  const { id: retried } = await dopq.client.jobs.retry({
    id,
    changes: { name: 'again-smaller', required_memory: '8m' },
  });
  await waitFor(async () => (await job(retried)).state === 'finished', { timeoutMs: 60_000 });
  expect(await job(retried)).toMatchObject({
    name: 'again-smaller',
    outcome: 'succeeded',
    memory_bytes: 8 * 2 ** 20,
    retry_of: id,
    image: (await job(id)).image,
  });
  const { id: refused } = await dopq.client.jobs.retry({ id, changes: { num_gpus: 99 } });
  await waitFor(async () => (await job(refused)).outcome === 'rejected', { timeoutMs: 60_000 });
  expect((await job(refused)).reason).toContain('num_gpus');
});

test('a policy changed at run time holds over a restart, and a shutdown leaves jobs running', async () => {
  await dopq.client.queue.changePolicy({ set: { policy: 'fifo', max_running_jobs: 50 } });
  const { running } = await dopq.client.server.shutDown({});
  expect(running).toBe(4);
  await dopq.ended();
  await dopq.start();
  expect(await dopq.client.queue.policy()).toMatchObject({
    settings: { policy: 'fifo', max_running_jobs: 50 },
    configured: { policy: 'fair-share', max_running_jobs: null },
  });
  expect((await dopq.client.jobs.list({ state: 'running' })).length).toBe(4);
});
