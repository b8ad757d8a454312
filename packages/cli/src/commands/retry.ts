import type { RetryJob } from '@dopq/contract';
import type { Command } from 'commander';
import { withEachJob } from '../each-job.ts';
import { addChange } from '../job-changes.ts';
import { SELECTOR_HELP } from '../job-selectors.ts';
import { withExamples } from '../options.ts';

interface Options {
  set?: RetryJob['changes'];
  array?: boolean;
}

export function define(retry: Command): void {
  retry
    .description('run finished jobs once more, as new ones, from the archives that were kept')
    .argument('<job...>', SELECTOR_HELP)
    .option('-s, --set <key=value>', 'other than container_config.json says; may be repeated', addChange)
    .option(
      '--array',
      'all of the array that the job is part of; without it, one job of an array runs alone in its place',
    )
    .action((jobs: string[], { set: changes = {}, array = false }: Options, command: Command) =>
      withEachJob(
        command,
        jobs,
        (client, id) => client.jobs.retry({ id, changes, array }),
        ({ id }) => `runs once more as #${id}`,
      ),
    );
  withExamples(retry, 'dopq retry 12', 'dopq retry last --set num_gpus=2 --set time_limit=4h', 'dopq retry --array 20');
}
