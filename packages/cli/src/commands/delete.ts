import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { failureOf, tell } from '../failure.ts';
import { findJobs, SELECTOR_HELP } from '../job-selectors.ts';
import { globalOptions, withExamples } from '../options.ts';
import { print } from '../output.ts';

export function define(remove: Command): void {
  remove
    .description('take jobs that wait out of the queue; what runs or has ended is left alone')
    .argument('<job...>', SELECTOR_HELP)
    .option('-r, --reason <text>', 'why; shown with the job')
    .action(async (jobs: string[], { reason }: { reason?: string }, command: Command) => {
      await withServer(globalOptions(command), async ({ client }) => {
        const { deleted, refused } = await client.jobs.delete({ ids: await findJobs(client, jobs), reason });
        for (const id of deleted) print(`#${id} deleted`);
        for (const one of refused) process.exitCode = tell(failureOf(one));
      });
    });
  withExamples(remove, 'dopq delete 12', 'dopq delete 12-40 --reason "wrong data"');
}
