import type { Command } from 'commander';
import { withEachJob } from '../each-job.ts';
import { SELECTOR_HELP } from '../job-selectors.ts';
import { parseInteger, withExamples } from '../options.ts';

export function define(nice: Command): void {
  nice
    .description('order your own jobs: lower goes first, 0 is usual; nobody else is passed')
    .argument('<value>', 'whole number from -1000 to 1000', parseInteger)
    .argument('<job...>', SELECTOR_HELP)
    .action((nice: number, jobs: string[], _: unknown, command: Command) =>
      withEachJob(
        command,
        jobs,
        (client, id) => client.jobs.nice({ id, nice }),
        (job) => `has nice ${job.nice}`,
      ),
    );
  withExamples(nice, 'dopq nice 5 12', 'dopq nice -- -5 12');
}
