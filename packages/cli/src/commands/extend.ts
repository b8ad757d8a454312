import type { Command } from 'commander';
import { withEachJob } from '../each-job.ts';
import { formatDuration } from '../format.ts';
import { SELECTOR_HELP } from '../job-selectors.ts';
import { withExamples } from '../options.ts';
import { parseLength } from '../instants.ts';

export function define(extend: Command): void {
  extend
    .argument('<job>', SELECTOR_HELP)
    .argument('<time>', 'how much more: 90m, 2h, 1d', parseLength)
    .option('-f, --force', 'although somebody starts later, or beyond the longest limit; for operators')
    .action((job: string, seconds: number, { force = false }: { force?: boolean }, command: Command) =>
      withEachJob(
        command,
        [job],
        (client, id) => client.jobs.extend({ id, by_seconds: seconds, force }),
        ({ time_limit_seconds: limit }) => `may run for ${formatDuration((limit ?? 0) * 1000)}`,
      ),
    );
  withExamples(extend, 'dopq extend 12 2h', 'dopq extend 12 90m --force');
}
