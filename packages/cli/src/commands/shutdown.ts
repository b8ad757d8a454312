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
        const what = stopJobs
          ? `stops ${running(queue.running)} and ends DoPQ`
          : `ends DoPQ; ${running(queue.running)} will run on`;
        await confirmByTyping(`This ${what}. Nobody can submit until it is started again.`, 'shutdown', yes);
        const answer = await client.server.shutDown({ stop_jobs: stopJobs });
        if (answer.running === 0) print('DoPQ ends; no job runs');
        else if (answer.stopping_jobs) print(`stopping ${running(answer.running)}, then DoPQ`);
        else print(`DoPQ ends; ${running(answer.running)} will run on`);
      });
    });
  withExamples(shutdown, 'dopq shutdown', 'dopq shutdown --stop-jobs --yes');
}

function running(count: number): string {
  return `${count} running ${count === 1 ? 'job' : 'jobs'}`;
}
