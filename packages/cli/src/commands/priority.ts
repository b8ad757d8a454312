import type { Command } from 'commander';
import { withEachJob } from '../each-job.ts';
import { parseJobIds } from '../job-ids.ts';
import { parseInteger, withExamples } from '../options.ts';

export function register(program: Command): void {
  const priority = program
    .command('priority')
    .description('put jobs into a class: higher goes first, before any penalty; 0 is usual')
    .argument('<class>', 'whole number from -1000 to 1000', parseInteger)
    .argument('<id...>', 'jobs', parseJobIds)
    .action((priority: number, ids: number[], _: unknown, command: Command) =>
      withEachJob(
        command,
        ids,
        (client, id) => client.jobs.prioritize({ id, priority }),
        (job) => `has priority ${job.priority}`,
      ),
    );
  withExamples(priority, 'dopq priority 10 12', 'dopq priority -- -1 12 13');
}
