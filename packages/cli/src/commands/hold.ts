import type { Command } from 'commander';
import { withEachJob } from '../each-job.ts';
import { SELECTOR_HELP } from '../job-selectors.ts';
import { withExamples } from '../options.ts';

export function define(hold: Command): void {
  hold
    .argument('<job...>', SELECTOR_HELP)
    .option('-r, --reason <text>', 'why; shown with the job')
    .action((jobs: string[], { reason }: { reason?: string }, command: Command) =>
      withEachJob(
        command,
        jobs,
        (client, id) => client.jobs.hold({ id, reason }),
        (job) => (job.state === 'held' ? 'held' : 'will be held when it is built'),
      ),
    );
  withExamples(hold, 'dopq hold 12', 'dopq hold 12-14 --reason "wait for the data"');
}
