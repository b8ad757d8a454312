// What several commands have in common, so that it is the same everywhere.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { wrap } from './text-width.ts';

export interface GlobalOptions {
  config?: string | undefined;
}

export type ListFormat = 'table' | 'wide' | 'json' | 'csv';

/** `-o table|wide|json|csv`. */
export function outputOption(...formats: ListFormat[]): Option {
  return new Option('-o, --output <format>', 'how to print it').choices(formats).default('table');
}

export function parseCount(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError(`"${text}" is no whole number.`);
  return Number(text);
}

export function parseInteger(text: string): number {
  if (!/^[+-]?\d{1,7}$/.test(text)) throw new InvalidArgumentError(`"${text}" is no whole number.`);
  return Number(text);
}

/** Adds examples below a command's help. */
export function withExamples(command: Command, ...examples: string[]): Command {
  return command.addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`);
}

const HELP_WIDTH = 80;

/** Text as it was written, its paragraphs broken to the width of the help. */
export function reflowed(text: string): string {
  const paragraphs = text.trim().split(/\n\s*\n/);
  return `\n${paragraphs.map((one) => wrap(one.replaceAll(/\s*\n/g, ' '), HELP_WIDTH).join('\n')).join('\n\n')}`;
}

/** `--config` and whatever else belongs to the program and not to one verb. */
export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}
