// What stands at the cursor of a half-typed command line, read from the program itself; pure.
import type { Argument, Command, Option } from 'commander';

export interface Candidate {
  value: string;
  about: string;
}

/** What could come next: some words, or things that only the server or the disk knows. */
export type Wanted = { kind: 'words'; words: Candidate[] } | { kind: 'job' | 'user' | 'file'; verb: string };

const NOTHING: Wanted = { kind: 'words', words: [] };
const KIND_OF: Record<string, 'job' | 'user' | 'file'> = {
  job: 'job',
  user: 'user',
  file: 'file',
  folder: 'file',
  path: 'file',
};

/** @param before the words after `dopq` that stand before the cursor's one; @param current the one at the cursor */
export function wantedAt(program: Command, before: readonly string[], current: string): Wanted {
  let command = program;
  let position = 0;
  let isPlain = false;
  for (let at = 0; at < before.length; at++) {
    const word = before[at] ?? '';
    const option = isPlain || !word.startsWith('-') ? undefined : findOption(command, word);
    if (word === '--') isPlain = true;
    else if (option && takesValue(option) && !word.includes('=')) {
      if (at === before.length - 1) return ofOption(option, command);
      at++;
    } else if (!word.startsWith('-') || isPlain) {
      const below = position === 0 ? findCommand(command, word) : undefined;
      if (below) command = below;
      else position++;
    }
  }
  if (current.startsWith('-') && !isPlain) return { kind: 'words', words: optionWords(command) };
  const verbs = command.commands.filter((one) => !isHidden(one));
  if (verbs.length > 0)
    return { kind: 'words', words: verbs.map((one) => ({ value: one.name(), about: one.description() })) };
  const argument = command.registeredArguments[position] ?? lastVariadic(command);
  return argument ? ofArgument(argument, command) : NOTHING;
}

function lastVariadic(command: Command): Argument | undefined {
  const last = command.registeredArguments.at(-1);
  return last?.variadic ? last : undefined;
}

function findCommand(command: Command, word: string): Command | undefined {
  return command.commands.find((one) => one.name() === word || one.aliases().includes(word));
}

function findOption(command: Command, word: string): Option | undefined {
  const name = word.split('=')[0];
  for (let place: Command | null = command; place !== null; place = place.parent) {
    const found = place.options.find(({ short, long }) => short === name || long === name);
    if (found) return found;
  }
  return undefined;
}

const takesValue = (option: Option): boolean => option.required || option.optional;

function isHidden(command: Command): boolean {
  return (command as Command & { _hidden?: boolean })._hidden === true;
}

function optionWords(command: Command): Candidate[] {
  const words: Candidate[] = [{ value: '--help', about: 'what it does, with examples' }];
  for (let place: Command | null = command; place !== null; place = place.parent) {
    for (const { long, description, hidden } of place.options)
      if (long && !hidden) words.push({ value: long, about: description });
  }
  return words;
}

function ofOption(option: Option, command: Command): Wanted {
  if (option.argChoices) return { kind: 'words', words: option.argChoices.map((value) => ({ value, about: '' })) };
  return ofPlaceholder(/[<[]([\w-]+)/.exec(option.flags)?.[1] ?? '', command);
}

function ofArgument(argument: Argument, command: Command): Wanted {
  if (argument.argChoices) return { kind: 'words', words: argument.argChoices.map((value) => ({ value, about: '' })) };
  return ofPlaceholder(argument.name(), command);
}

function ofPlaceholder(name: string, command: Command): Wanted {
  const kind = KIND_OF[name];
  return kind === undefined ? NOTHING : { kind, verb: command.name() };
}
