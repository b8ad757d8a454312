import type { Command } from 'commander';
import { withEachJob } from '../each-job.ts';
import { SELECTOR_HELP } from '../job-selectors.ts';
import { parseInteger, withExamples } from '../options.ts';

export function define(priority: Command): void {
  priority
    .description('put jobs into a class: higher goes first, before any penalty; 0 is usual')
    .argument('<class>', 'whole number from -1000 to 1000', parseInteger)
    .argument('<job...>', SELECTOR_HELP)
    .action((priority: number, jobs: string[], _: unknown, command: Command) =>
      withEachJob(
        command,
        jobs,
        (client, id) => client.jobs.prioritize({ id, priority }),
        (job) => `has priority ${job.priority}`,
      ),
    );
  withExamples(priority, 'dopq priority 10 12', 'dopq priority -- -1 12 13');
}
