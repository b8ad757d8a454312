import type { Command } from 'commander';
import { withEachJob } from '../each-job.ts';
import { parseJobIds } from '../job-ids.ts';
import { withExamples } from '../options.ts';

export function register(program: Command): void {
  const release = program
    .command('release')
    .description('let held jobs wait for their start')
    .argument('<id...>', 'jobs', parseJobIds)
    .action((ids: number[], _: unknown, command: Command) =>
      withEachJob(
        command,
        ids,
        (client, id) => client.jobs.release({ id }),
        () => 'released',
      ),
    );
  withExamples(release, 'dopq release 12');
}
