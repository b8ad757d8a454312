// `dopq top` on a pseudo-terminal against a real server on the simulated engine.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { type Dopq, startDopq, waitFor } from '@dopq/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { project } from './project.ts';
import { onTerminal, type OnTerminal } from './pseudo-terminal.ts';

const LAUNCHER = fileURLToPath(new URL('../dopq', import.meta.url));
const ENTER = '\x1b[?1049h';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';

let dopq: Dopq;
let runs: number;
let waits: number;

beforeAll(async () => {
  dopq = await startDopq();
  runs = await submit('runs', 'alice', 4, 'echo in the log; sleep 600');
  waits = await submit('waits', 'bob', 1, 'sleep 600');
  await waitFor(async () => (await dopq.client.jobs.get({ id: runs })).state === 'running');
  await waitFor(async () => (await dopq.client.jobs.get({ id: waits })).state === 'queued');
});
afterAll(() => dopq[Symbol.asyncDispose]());

async function submit(name: string, user: string, gpus: number, command: string): Promise<number> {
  return Number(await dopq.dopq('submit', '-q', project(dopq, name, command, { executor_name: user, num_gpus: gpus })));
}

function openTop(columns = 80, rows = 24): OnTerminal & { until(words: string | RegExp): Promise<void> } {
  const terminal = onTerminal(`${LAUNCHER} top`, { columns, rows, env: { DOPQ_CONFIG: dopq.config } });
  const until = async (words: string | RegExp) => {
    const found = () => {
      const text = stripVTControlCharacters(terminal.said());
      return typeof words === 'string' ? text.includes(words) : words.test(text);
    };
    await waitFor(found, { timeoutMs: 60_000, message: () => `${words} on the screen; it was ${terminal.said()}` });
  };
  return { ...terminal, until };
}

test('it shows GPUs with who, what runs and what waits, opens logs and explanations, cancels after a question, and leaves no trace', async () => {
  const top = openTop();
  await top.until(`#${runs} alice`);
  await top.until(/Waiting {2}1/);
  await top.until(/waits +bob +1 .*1 GPU/);
  top.type('l');
  await top.until('in the log');
  top.type('q');
  top.type('je');
  await top.until('Who is before it');
  top.type('q?');
  await top.until('tag a job');
  top.type('q/bob\r');
  await top.until('[/bob]');
  top.type('c');
  await top.until(`Cancel #${waits}? y yes`);
  top.type('y');
  await waitFor(async () => (await dopq.client.jobs.get({ id: waits })).outcome === 'cancelled');
  await top.until(`#${waits} cancelled`);
  top.type('q');
  expect(await top.code).toBe(0);
  expect(top.said().startsWith(ENTER)).toBe(true);
  expect(top.said().endsWith(LEAVE)).toBe(true);
});

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
  ['SIGQUIT', 131],
])('after %s the terminal is as it was, and the exit code says why', async (signal, code) => {
  const top = openTop();
  await top.until(`#${runs} alice`);
  execFileSync('pkill', [`-${signal.slice(3)}`, '-P', String(top.pid)]);
  expect(await top.code).toBe(code);
  expect(top.said().endsWith(LEAVE)).toBe(true);
});

test('a server that goes away is told on the last line, and what it said comes back with it', async () => {
  const top = openTop(60, 15);
  await top.until(`#${runs} alice`);
  await dopq.stop();
  await top.until('✖ No DoPQ answers');
  const before = top.said().length;
  await dopq.start();
  await waitFor(() => top.said().slice(before).includes('l logs'), { timeoutMs: 60_000 });
  top.type('\x03');
  expect(await top.code).toBe(0);
});

test('without a terminal it says what there is for scripts', async () => {
  const { exitCode, stdout, stderr } = await dopq.tryDopq('top');
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain('dopq ps -o json');
});
