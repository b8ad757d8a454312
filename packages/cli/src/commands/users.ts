import type { Command } from 'commander';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { listUsers } from '../user-list.ts';

export function register(program: Command): void {
  const users = program
    .command('users')
    .description('list users with their penalty (lower goes first) and their jobs')
    .addOption(outputOption('table', 'json'))
    .action((own: { output: ListFormat }, command: Command) => listUsers({ ...own, ...globalOptions(command) }));
  withExamples(users, 'dopq users', 'dopq users -o json');
}
