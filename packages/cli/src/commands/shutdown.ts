import type { Command } from 'commander';
import { confirmByTyping } from '../confirm.ts';
import { withServer } from '../connection.ts';
import { globalOptions, withExamples } from '../options.ts';
import { print } from '../output.ts';

export function define(shutdown: Command): void {
  shutdown
    .option('--stop-jobs', 'stop what runs first')
    .option('--yes', 'ask nothing')
    .action(async ({ stopJobs = false, yes }: { stopJobs?: boolean; yes?: boolean }, command: Command) => {
      await withServer(globalOptions(command), async ({ client }) => {
        const { queue } = await client.status();
        const jobs = `${queue.running} running ${queue.running === 1 ? 'job' : 'jobs'}`;
        const what = stopJobs ? `stops ${jobs} and ends DoPQ` : `ends DoPQ; ${jobs} will run on`;
        await confirmByTyping(`This ${what}. Nobody can submit until it is started again.`, 'shutdown', yes);
        const answer = await client.server.shutDown({ stop_jobs: stopJobs });
        print(
          answer.stopping_jobs
            ? `stopping ${answer.running} jobs, then DoPQ`
            : `DoPQ ends; ${answer.running} jobs run on`,
        );
      });
    });
  withExamples(shutdown, 'dopq shutdown', 'dopq shutdown --stop-jobs --yes');
}
