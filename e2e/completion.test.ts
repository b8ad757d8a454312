// Completion in a real bash on a pseudo-terminal: Tab is pressed, and the line is what a person sees.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { type Dopq, startDopq, waitFor } from '@dopq/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OnTerminal, onTerminal } from './pseudo-terminal.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

let dopq: Dopq;
let shell: OnTerminal;

beforeAll(async () => {
  dopq = await startDopq();
  const folder = path.join(dopq.dir, 'a-project');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'Dockerfile'), 'FROM busybox\nCMD ["sleep", "600"]\n');
  writeFileSync(
    path.join(folder, 'container_config.json'),
    JSON.stringify({ name: 'resnet', executor_name: 'alice', num_gpus: 0, required_memory: '64m' }),
  );
  await dopq.dopq('submit', '-q', folder);
  const env = { DOPQ_CONFIG: dopq.config, PATH: `${ROOT}:${process.env.PATH}`, PS1: '$ ', HOME: dopq.dir };
  shell = onTerminal('bash --norc --noprofile -i', { columns: 100, env });
  shell.type(`cd ${dopq.dir}; PS1='> '; source <(dopq completion bash); echo rea''dy\n`);
  await waitFor(() => shell.said().includes('ready'), { timeoutMs: 60_000 });
});
afterAll(async () => {
  shell.type('\x15exit\n');
  await shell.code;
  await dopq[Symbol.asyncDispose]();
});

test.each([
  ['dopq canc', 'dopq cancel '],
  ['dopq cancel 1', 'dopq cancel 1 '],
  ['dopq show res', 'dopq show resnet '],
  ['dopq ps -u al', 'dopq ps -u alice '],
  ['dopq ps --output=js', 'dopq ps --output=json '],
  ['dopq ps --wat', 'dopq ps --watch '],
  ['dopq submit a-pro', 'dopq submit a-project/'],
])('"%s" and Tab make "%s"', async (typed, whole) => {
  // Ctrl-U empties the line; a second Tab would list what there is.
  const before = shell.said().length;
  shell.type(`\x15${typed}\t`);
  const line = () => stripVTControlCharacters(shell.said().slice(before)).replaceAll('\x07', '');
  await waitFor(() => line().includes(whole), { timeoutMs: 60_000, message: () => `"${whole}"; there is ${line()}` });
  expect(line()).toContain(whole);
});
