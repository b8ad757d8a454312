import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { globalOptions, withExamples } from '../options.ts';
import { print } from '../output.ts';

export function register(program: Command): void {
  const unlock = program
    .command('unlock')
    .description('start jobs again')
    .action(async (_: unknown, command: Command) => {
      await withServer(globalOptions(command), ({ client }) => client.queue.unlock());
      print('unlocked');
    });
  withExamples(unlock, 'dopq unlock');
}
