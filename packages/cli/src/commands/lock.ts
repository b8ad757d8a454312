import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { globalOptions, withExamples } from '../options.ts';
import { print } from '../output.ts';

export function register(program: Command): void {
  const lock = program
    .command('lock')
    .description('start no more jobs; intake, builds, running jobs and their limits go on')
    .option('-m, --message <text>', 'why; shown as the reason of every job that waits')
    .action(async ({ message = '' }: { message?: string }, command: Command) => {
      await withServer(globalOptions(command), ({ client }) => client.queue.lock({ message }));
      print('locked: nothing starts until `dopq unlock`');
    });
  withExamples(lock, 'dopq lock', 'dopq lock --message "driver update at 18:00"');
}
