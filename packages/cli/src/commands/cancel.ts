import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { failureOfAny, tell } from '../failure.ts';
import { parseJobIds } from '../job-ids.ts';
import { globalOptions, withExamples } from '../options.ts';
import { print } from '../output.ts';

export function register(program: Command): void {
  const cancel = program
    .command('cancel')
    .description('end jobs in whatever state they are')
    .argument('<id...>', 'jobs', parseJobIds)
    .option('-r, --reason <text>', 'why; shown with the job')
    .action(async (ids: number[], own: { reason?: string }, command: Command) => {
      const options = { ...own, ...globalOptions(command) };
      await withServer(options, async ({ client }) => {
        for (const id of ids) {
          try {
            const job = await client.jobs.cancel({ id, reason: options.reason });
            print(`#${id} ${job.state === 'finished' ? 'cancelled' : 'is being stopped'}`);
          } catch (error) {
            // The others are to be cancelled all the same.
            process.exitCode = tell(failureOfAny(error));
          }
        }
      });
    });
  withExamples(cancel, 'dopq cancel 12', 'dopq cancel 12 13 14 --reason "wrong data"');
}
