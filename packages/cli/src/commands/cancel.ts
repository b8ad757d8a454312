import type { Command } from 'commander';
import { withEachJob } from '../each-job.ts';
import { SELECTOR_HELP } from '../job-selectors.ts';
import { withExamples } from '../options.ts';

export function register(program: Command): void {
  const cancel = program
    .command('cancel')
    .description('end jobs in whatever state they are')
    .argument('<job...>', SELECTOR_HELP)
    .option('-r, --reason <text>', 'why; shown with the job')
    .action((jobs: string[], { reason }: { reason?: string }, command: Command) =>
      withEachJob(
        command,
        jobs,
        (client, id) => client.jobs.cancel({ id, reason }),
        (job) => (job.state === 'finished' ? 'cancelled' : 'is being stopped'),
      ),
    );
  withExamples(cancel, 'dopq cancel 12', 'dopq cancel last', 'dopq cancel 12-14,20 --reason "wrong data"');
}
