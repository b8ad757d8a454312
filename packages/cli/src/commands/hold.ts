import type { Command } from 'commander';
import { withEachJob } from '../each-job.ts';
import { parseJobIds } from '../job-ids.ts';
import { withExamples } from '../options.ts';

export function register(program: Command): void {
  const hold = program
    .command('hold')
    .description('keep jobs from starting until they are released')
    .argument('<id...>', 'jobs', parseJobIds)
    .option('-r, --reason <text>', 'why; shown with the job')
    .action((ids: number[], { reason }: { reason?: string }, command: Command) =>
      withEachJob(
        command,
        ids,
        (client, id) => client.jobs.hold({ id, reason }),
        (job) => (job.state === 'held' ? 'held' : 'will be held when it is built'),
      ),
    );
  withExamples(hold, 'dopq hold 12', 'dopq hold 12 13 --reason "wait for the data"');
}
