import type { Job } from '@dopq/contract';
import type { Command } from 'commander';
import { type Connection, withServer } from './connection.ts';
import { failureOfAny, tell } from './failure.ts';
import { findJobs } from './job-selectors.ts';
import { globalOptions } from './options.ts';
import { print } from './output.ts';

/** Does the same with several jobs; one that fails keeps none of the others from it. */
export async function withEachJob(
  command: Command,
  words: readonly string[],
  act: (client: Connection['client'], id: number) => Promise<Job>,
  say: (job: Job) => string,
): Promise<void> {
  await withServer(globalOptions(command), async ({ client }) => {
    for (const id of await findJobs(client, words)) {
      try {
        print(`#${id} ${say(await act(client, id))}`);
      } catch (error) {
        process.exitCode = tell(failureOfAny(error));
      }
    }
  });
}
