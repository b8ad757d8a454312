// `dopq exec` and `dopq retry` against a real server on the simulated engine; the terminal inside is that of its small shell.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Dopq, startDopq, waitFor } from '@dopq/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onTerminal } from './pseudo-terminal.ts';

const LAUNCHER = fileURLToPath(new URL('../dopq', import.meta.url));

let dopq: Dopq;
let runs: string;
beforeAll(async () => {
  dopq = await startDopq();
  runs = await submit('runs', 'sleep 600');
  await waitFor(async () => (await dopq.client.jobs.get({ id: Number(runs) })).state === 'running');
});
afterAll(() => dopq[Symbol.asyncDispose]());

async function submit(name: string, command: string): Promise<string> {
  const folder = path.join(dopq.dir, name);
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'Dockerfile'), `FROM busybox\nCMD ["sh", "-c", ${JSON.stringify(command)}]\n`);
  const config = { name, executor_name: 'alice', num_gpus: 0, required_memory: '64m' };
  writeFileSync(path.join(folder, 'container_config.json'), JSON.stringify(config));
  return await dopq.dopq('submit', '-q', folder);
}

test('a shell inside the job takes what is typed, and its exit code is that of dopq', async () => {
  const terminal = onTerminal(`${LAUNCHER} exec ${runs} /bin/sh`, { env: { DOPQ_CONFIG: dopq.config } });
  await waitFor(() => terminal.said().includes('$ '), { timeoutMs: 60_000 });
  terminal.type('echo from inside\r');
  await waitFor(() => terminal.said().includes('\nfrom inside'), { timeoutMs: 60_000 });
  terminal.type('exit\r');
  expect(await terminal.code).toBe(0);
  expect(await dopq.client.audit.list({ what: 'GET /jobs/:id/terminal' })).toMatchObject([
    { who: 'root (socket)', which: `#${runs}`, details: '{"command":"/bin/sh"}', result: 'done' },
  ]);
});

test('a job that does not run has no terminal, and that is said', async () => {
  const ended = await submit('ended', 'exit 0');
  await dopq.dopq('wait', ended);
  const { exitCode, stderr } = await dopq.tryDopq('exec', ended);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('does not run: it is succeeded');
});

test('retry makes a new job of a finished one, with what was changed', async () => {
  const id = await dopq.dopq('history', '-q', '-n', '1');
  const [, retried = ''] = /as #(\d+)/.exec(await dopq.dopq('retry', id, '--set', 'num_gpus=1')) ?? [];
  await dopq.dopq('wait', retried);
  expect(await dopq.client.jobs.get({ id: Number(retried) })).toMatchObject({ retry_of: Number(id), num_gpus: 1 });
  expect((await dopq.tryDopq('retry', runs)).stderr).toContain(`#${runs}`);
});
