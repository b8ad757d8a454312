import type { Command } from 'commander';
import { withEachJob } from '../each-job.ts';
import { SELECTOR_HELP } from '../job-selectors.ts';
import { withExamples } from '../options.ts';

export function define(release: Command): void {
  release.argument('<job...>', SELECTOR_HELP).action((jobs: string[], _: unknown, command: Command) =>
    withEachJob(
      command,
      jobs,
      (client, id) => client.jobs.release({ id }),
      () => 'released',
    ),
  );
  withExamples(release, 'dopq release 12', 'dopq release resnet');
}
