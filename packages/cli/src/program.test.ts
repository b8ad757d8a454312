import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram, VERBS, withoutOptionsOfOthers } from './program.ts';

/** Every verb, and those below it, with what its help says. */
async function helps(): Promise<[string, string][]> {
  const program = await createProgram(['help']);
  const below = (command: Command, before: string): [string, string][] => {
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
    const name = `${before} ${command.name()}`.trim();
    return [[name, text] as [string, string], ...command.commands.flatMap((one) => below(one, name))];
  };
  return program.commands.flatMap((command) => below(command, ''));
}

const all = await helps();

test('every verb is registered under its name', () => {
  const top = all.map(([name]) => name).filter((name) => !name.includes(' '));
  expect(top).toEqual(Object.keys(VERBS));
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
