// What operators and administrators type: one server on the simulated engine, and every change is seen where it shows.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Drain, Policy, Usage } from '@dopq/contract';
import { type Dopq, startDopq, waitFor } from '@dopq/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onTerminal } from './pseudo-terminal.ts';

const LAUNCHER = fileURLToPath(new URL('../dopq', import.meta.url));

let dopq: Dopq;
beforeAll(async () => {
  dopq = await startDopq();
});
afterAll(() => dopq[Symbol.asyncDispose]());

async function submit(name: string, more: object = {}): Promise<string> {
  const folder = path.join(dopq.dir, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'Dockerfile'), 'FROM busybox\nCMD ["sleep", "1"]\n');
  const config = { name, executor_name: 'alice', num_gpus: 0, required_memory: '64m', ...more };
  writeFileSync(path.join(folder, 'container_config.json'), JSON.stringify(config));
  return (await dopq.dopq('submit', '-q', folder)).trim();
}

const json = async (...args: string[]): Promise<unknown> => JSON.parse(await dopq.dopq(...args, '-o', 'json'));

test('drain takes a GPU out of use with the reason, drain alone lists it, undrain brings it back', async () => {
  expect(Drain.array().parse(await json('drain', '1', '--reason', 'loud fan'))).toMatchObject([
    { kind: 'gpu', reason: 'loud fan' },
  ]);
  expect(await dopq.dopq('drain')).toMatch(/^WHAT +SINCE +BY +REASON\ngpu GPU-.*loud fan$/);
  await waitFor(async () => /1 +\S.*‖ drained/.test(await dopq.dopq('gpus')));
  expect(Drain.array().parse(await json('undrain', '1'))).toEqual([]);
  expect(await dopq.tryDopq('drain', '77')).toMatchObject({ exitCode: 5, stdout: '' });
  expect(await dopq.tryDopq('undrain')).toMatchObject({ exitCode: 2, stdout: '' });
});

test('policy shows what is in force beside config.ini, changes it and takes it back', async () => {
  const changed = Policy.parse(await json('policy', '--set', 'half_life=14d', '--set', 'max_running_jobs=3'));
  expect(changed.settings).toMatchObject({ half_life_seconds: 14 * 86_400, max_running_jobs: 3 });
  expect(await dopq.dopq('policy')).toMatch(/\n\* half_life +14d00h +7d00h\n/);
  const back = Policy.parse(await json('policy', '--reset', 'half_life', '--reset', 'max_running_jobs'));
  expect(back.changed).toEqual([]);
  expect(await dopq.tryDopq('policy', '--set', 'speed=1')).toMatchObject({ exitCode: 2, stdout: '' });
});

test('delete takes waiting jobs out and tells of those that it leaves alone', async () => {
  await dopq.dopq('lock', '--message', 'maintenance', '--until', '2h');
  const [first, second] = [await submit('one'), await submit('two')];
  for (const id of [first, second])
    await waitFor(async () => (await dopq.client.jobs.get({ id: Number(id) })).state === 'queued');
  expect(await dopq.dopq('ps')).toContain('maintenance');
  expect((await dopq.dopq('delete', `${first},${second}`)).split('\n')).toEqual([
    `#${first} deleted`,
    `#${second} deleted`,
  ]);
  const again = await dopq.tryDopq('delete', first);
  expect(again.exitCode).not.toBe(0);
  expect(again.stderr).toContain(`#${first}`);
  await dopq.dopq('unlock');
});

test('usage is a report for people, one document of the contract, and CSV', async () => {
  await dopq.dopq('wait', await submit('used', { num_gpus: 1 }));
  const report = Usage.parse(await json('usage', '--by', 'user'));
  expect(report.lines).toMatchObject([{ key: 'alice', jobs: 1, succeeded: 1 }]);
  expect(await dopq.dopq('usage')).toMatch(/^USER +JOBS +GPU H +GPU USE +WAIT .*\nalice +1 .*\ntotal +1 /);
  expect(await dopq.dopq('usage', '--by', 'gpu', '-o', 'csv')).toMatch(/^gpu,jobs,gpu_hours,.*\r\nGPU-\S+,1,/);
});

test('clear-history asks for words to be typed, does nothing for others, and needs --yes where nobody can be asked', async () => {
  const refused = await dopq.tryDopq('clear-history');
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain('--yes');
  const answer = async (words: string) => {
    const asked = onTerminal(`${LAUNCHER} clear-history`, { env: { DOPQ_CONFIG: dopq.config } });
    await waitFor(() => asked.said().includes('to go on:'), { timeoutMs: 60_000 });
    asked.type(words);
    return { code: await asked.code, said: asked.said() };
  };
  expect(await answer('yes\r')).toMatchObject({ code: 1, said: expect.stringContaining('Nothing was done.') });
  expect(await answer('\x03')).toMatchObject({ code: 130 });
  expect((await dopq.dopq('history', '-q')).split('\n').length).toBeGreaterThan(0);
  expect(await answer('clear history\r')).toMatchObject({ code: 0, said: expect.stringMatching(/\d+ jobs? cleared/) });
  expect(await dopq.dopq('history', '-q')).toBe('');
});

test('shutdown ends the server and says what runs on', async () => {
  expect((await dopq.tryDopq('shutdown')).exitCode).toBe(2);
  expect(await dopq.dopq('shutdown', '--yes')).toBe('DoPQ ends; 0 jobs run on');
  await dopq.ended();
  expect((await dopq.tryDopq('ps')).exitCode).toBe(7);
});
