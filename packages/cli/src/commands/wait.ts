import { JOB_STATES } from '@dopq/contract/job-states';
import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { EXIT } from '../failure.ts';
import { interruption } from '../interrupt.ts';
import { exitCodeOf, jobLine, waitWhile } from '../job-end.ts';
import { findJobs, SELECTOR_HELP } from '../job-selectors.ts';
import { globalOptions, withExamples } from '../options.ts';
import { print } from '../output.ts';

const ACTIVE = JOB_STATES.filter((state) => state !== 'finished');

export function define(wait: Command): void {
  wait
    .description('wait until jobs have ended; the exit code is that of the first one that did not succeed')
    .argument('<job...>', SELECTOR_HELP)
    .action(async (jobs: string[], _: unknown, command: Command) => {
      const signal = interruption();
      process.exitCode = await withServer(globalOptions(command), async (connection) => {
        let code: number = EXIT.ok;
        for (const id of await findJobs(connection.client, jobs)) {
          const job = await waitWhile(connection, id, ACTIVE, { signal });
          if (!job) return EXIT.interrupted;
          print(jobLine(job));
          code ||= exitCodeOf(job);
        }
        return code;
      });
    });
  withExamples(wait, 'dopq wait 12 13', 'dopq wait last', 'dopq wait 12 && ./evaluate.sh');
}
