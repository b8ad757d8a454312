import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { globalOptions, withExamples } from '../options.ts';
import { print } from '../output.ts';

export function define(unlock: Command): void {
  unlock.action(async (_: unknown, command: Command) => {
    await withServer(globalOptions(command), ({ client }) => client.queue.unlock());
    print('unlocked');
  });
  withExamples(unlock, 'dopq unlock');
}
