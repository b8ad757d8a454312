import { readdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram, VERBS, withoutOptionsOfOthers } from './program.ts';

const program = await createProgram(VERBS);

/** A command and those below it, with what their helps say. */
function helps(command: Command, before = ''): [string, string][] {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  const name = `${before} ${command.name()}`.trim();
  return [[name, text] as [string, string], ...command.commands.flatMap((one) => helps(one, name))];
}

const all = program.commands.flatMap((command) => helps(command));

test('each verb has a file that is called like it, and each file is a verb', async () => {
  const files = await readdir(new URL('commands', import.meta.url));
  expect(files.sort()).toEqual(VERBS.map((verb) => `${verb}.ts`).sort());
});

test('the help of dopq has a line for each verb, in 80 columns', async () => {
  const [[, help] = []] = helps(await createProgram([]));
  const lines = help?.split('\n') ?? [];
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const shown = VERBS.filter((verb) => lines.some((line) => line.startsWith(`  ${verb} `)));
  expect(shown).toEqual(VERBS.filter((verb) => verb !== 'complete'));
  expect(lines.filter((line) => /^ {10}/.test(line))).toHaveLength(1);
});

test.each(all)('dopq %s --help says what it does and shows an example', (name, help) => {
  expect(help).toMatch(new RegExp(`\\nExamples?:\\n {2}.*dopq ${name}`));
  expect(help.split('\n\n')[1]).toMatch(/\S/);
});

test.each(all)('the help of dopq %s fits 80 columns', (_, help) => {
  expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test.each([
  ['exec 12 sh -c x', 'exec 12 -- sh -c x'],
  ['exec 12 -- sh -c x', 'exec 12 -- sh -c x'],
  ['exec -it 12 bash', 'exec -it 12 -- bash'],
  ['--config exec exec 12 ls --config x', '--config exec exec 12 -- ls --config x'],
  ['exec --config=a.ini 12 ls', 'exec --config=a.ini 12 -- ls'],
  ['exec --help', 'exec --help'],
  ['exec 12', 'exec 12 --'],
  ['cancel exec 12', 'cancel exec 12'],
])('"dopq %s" is read as "%s"', (typed, read) => {
  expect(withoutOptionsOfOthers(typed.split(' ')).join(' ')).toBe(read);
});
