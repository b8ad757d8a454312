import type { Command } from 'commander';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { listUsers } from '../user-list.ts';

export function define(users: Command): void {
  users
    .addOption(outputOption('table', 'json'))
    .action((own: { output: ListFormat }, command: Command) => listUsers({ ...own, ...globalOptions(command) }));
  withExamples(users, 'dopq users', 'dopq users -o json');
}
