// A secret in everything that its user's jobs say, and every place where others could read it.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { type Dopq, startDopq, waitFor, zip } from '@dopq/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';

const SECRET = 'hunter2-hunter2';

let dopq: Dopq;
const told: string[] = [];
const receive = async (request: IncomingMessage, answer: ServerResponse) => {
  told.push(await text(request));
  answer.end();
};
const hooks = createServer((request, answer) => void receive(request, answer));
beforeAll(async () => {
  dopq = await startDopq({ settings: { notify: { 'webhook.private': 'yes' } } });
  await new Promise<void>((resolve) => void hooks.listen(0, '127.0.0.1', resolve));
  const target = `http://127.0.0.1:${(hooks.address() as AddressInfo).port}/`;
  await dopq.client.secrets.set({ user: 'alice', name: 'TRACKING_TOKEN', value: SECRET });
  await dopq.client.notifications.add({ user: 'alice', kind: 'webhook', target, events: ['failed', 'finished'] });
});
afterAll(async () => {
  hooks.close();
  await dopq[Symbol.asyncDispose]();
});

async function drop(name: string, files: Record<string, string>, more: object = {}): Promise<number> {
  const config = { name, executor_name: 'alice', num_gpus: 0, required_memory: '64m', ...more };
  dopq.drop('alice', `${name}.zip`, await zip({ ...files, 'container_config.json': JSON.stringify(config) }));
  const find = async () =>
    (await dopq.client.jobs.list({ scope: 'all' })).find((job) => job.file === `${name}.zip`)?.id;
  return await waitFor(find, { timeoutMs: 60_000, message: name });
}

async function hasEnded(id: number): Promise<boolean> {
  return (await dopq.client.jobs.get({ id })).state === 'finished';
}

test('it is masked in logs, builds, processes, reasons, receipts, notices, events and the audit log, and the job has it', async () => {
  const broken = drop('broken', { Dockerfile: `FROM busybox\nRUN echo ${SECRET}\nRUN test ${SECRET} = nothing\n` });
  const rejected = drop('rejected', { Dockerfile: 'FROM busybox\n' }, { num_gpus: SECRET });
  const talks = await drop('talks', {
    Dockerfile: `FROM busybox\nRUN echo ${SECRET}\nCMD ["sh", "-c", "echo has $TRACKING_TOKEN; sleep 600; echo ${SECRET}"]\n`,
  });
  const logOf = (id: number, ...options: string[]) => dopq.dopq('logs', ...options, String(id));
  await waitFor(async () => (await dopq.client.jobs.get({ id: talks })).state === 'running', { timeoutMs: 60_000 });
  await waitFor(async () => (await logOf(talks)) === 'has ***', { timeoutMs: 60_000 });
  expect(JSON.stringify(await dopq.client.jobs.top({ id: talks }))).toContain('sleep 600; echo ***');
  expect(await logOf(talks, '--build')).toContain('RUN echo ***');
  await dopq.client.jobs.cancel({ id: talks });

  const ids = [talks, await broken, await rejected];
  for (const id of ids) await waitFor(() => hasEnded(id), { timeoutMs: 60_000, message: `the end of #${id}` });
  const receipts = ['talks', 'broken', 'rejected'].flatMap((name) =>
    ['txt', 'json'].map((kind) => path.join(dopq.share, 'alice', `${name}.zip.status.${kind}`)),
  );
  const read = () => receipts.map((file) => readFileSync(file, 'utf8'));
  await waitFor(() => read().every((receipt) => receipt.includes('finished')), { timeoutMs: 60_000 });
  await waitFor(() => told.length === 3, { timeoutMs: 60_000, message: () => told.join('\n') });
  const jobs = await Promise.all(ids.map((id) => dopq.client.jobs.get({ id })));
  expect(jobs[1]?.reason).toContain('test ***');
  expect(jobs[2]?.reason).toContain('***');
  const seen = JSON.stringify([
    jobs,
    await Promise.all(ids.map((id) => dopq.client.jobs.events({ id }))),
    await logOf(ids[1] ?? 0, '--build'),
    read(),
    told,
    await dopq.client.audit.list({}),
    await dopq.client.secrets.list({ user: 'alice' }),
    dopq.said(),
  ]);
  expect(seen).not.toContain('hunter2');
});
