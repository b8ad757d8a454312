// Completion in a real bash on a pseudo-terminal: Tab is pressed, and the line is what a person sees.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { type Dopq, startDopq, waitFor } from '@dopq/testbed';
import { execa } from 'execa';
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
  shell = onTerminal('bash --norc --noprofile -i', { columns: 100, env: { ...env(), PS1: '$ ' } });
  shell.type(`cd ${dopq.dir}; PS1='> '; source <(dopq completion bash); echo rea''dy\n`);
  await waitFor(() => shell.said().includes('ready'), { timeoutMs: 60_000 });
});
afterAll(async () => {
  shell.type('\x15exit\n');
  await shell.code;
  await dopq[Symbol.asyncDispose]();
});

/** In whichever of these shells the machine has; setup installs none. */
const has = (shell: string) => existsSync(`/usr/bin/${shell}`);
const env = () => ({ DOPQ_CONFIG: dopq.config, PATH: `${ROOT}:${process.env.PATH}`, HOME: dopq.dir });

test.runIf(has('fish'))('fish is told verbs, options and live jobs with what they are', async () => {
  const script =
    'dopq completion fish | source; for line in "dopq canc" "dopq show res" "dopq ps --wat"; complete -C $line; end';
  const { stdout } = await execa('fish', ['--no-config', '-c', script], { env: env() });
  expect(stdout).toMatch(/^cancel\t\S.*\nresnet\t#1 of alice\n--watch\t\S/);
});

test.runIf(has('zsh'))('zsh completes verbs and live jobs, also where completion was not switched on', async () => {
  const zsh = onTerminal('zsh -f -i', { columns: 100, env: { ...env(), PS1: '> ' } });
  const until = (words: string) =>
    waitFor(() => stripVTControlCharacters(zsh.said()).includes(words), {
      timeoutMs: 60_000,
      message: () => `"${words}"; there is ${zsh.said()}`,
    });
  zsh.type(`cd ${dopq.dir}; source <(dopq completion zsh); echo rea''dy\n`);
  await until('ready');
  zsh.type('dopq canc\t');
  await until('dopq cancel ');
  zsh.type('\x15dopq show res\t');
  await until('dopq show resnet ');
  zsh.type('\x15exit\n');
  expect(await zsh.code).toBe(0);
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
