import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { formatTime } from '../format.ts';
import { parseFuture } from '../instants.ts';
import { globalOptions, withExamples } from '../options.ts';
import { print } from '../output.ts';

export function define(lock: Command): void {
  lock
    .description('start no more jobs; intake, builds, running jobs and their limits go on')
    .option('-m, --message <text>', 'why; shown as the reason of every job that waits')
    .option('--until <time>', 'unlock by itself: 2h from now, 18:00, an instant', (text) => parseFuture(text))
    .action(async ({ message = '', until }: { message?: string; until?: string }, command: Command) => {
      await withServer(globalOptions(command), ({ client }) => client.queue.lock({ message, until }));
      print(`locked: nothing starts until ${until === undefined ? '`dopq unlock`' : formatTime(until)}`);
    });
  withExamples(lock, 'dopq lock', 'dopq lock --message "driver update" --until 18:00');
}
