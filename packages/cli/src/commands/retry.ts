import type { RetryJob } from '@dopq/contract';
import type { Command } from 'commander';
import { withEachJob } from '../each-job.ts';
import { addChange } from '../job-changes.ts';
import { SELECTOR_HELP } from '../job-selectors.ts';
import { withExamples } from '../options.ts';

export function register(program: Command): void {
  const retry = program
    .command('retry')
    .description('run finished jobs once more, as new ones, from the archives that were kept')
    .argument('<job...>', SELECTOR_HELP)
    .option('-s, --set <key=value>', 'other than container_config.json says; may be repeated', addChange)
    .action((jobs: string[], { set: changes = {} }: { set?: RetryJob['changes'] }, command: Command) =>
      withEachJob(
        command,
        jobs,
        (client, id) => client.jobs.retry({ id, changes }),
        ({ id }) => `runs once more as #${id}`,
      ),
    );
  withExamples(retry, 'dopq retry 12', 'dopq retry last --set num_gpus=2 --set time_limit=4h');
}
