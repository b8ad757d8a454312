import { Job } from '@dopq/contract';
import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { historyColumns } from '../job-columns.ts';
import { globalOptions, type ListFormat, outputOption, parseCount, withExamples } from '../options.ts';
import { print, printJson, printTable, say } from '../output.ts';

interface Options {
  user?: string;
  last?: number;
  quiet?: boolean;
  output: ListFormat;
}

export function register(program: Command): void {
  const history = program
    .command('history')
    .description('list finished jobs, newest first')
    .option('-u, --user <name>', 'only those of one user')
    .option('-n, --last <count>', 'only the newest ones', parseCount)
    .option('-q, --quiet', 'ids only')
    .addOption(outputOption('table', 'wide', 'json'))
    .action(async (own: Options, command: Command) => {
      const options = { ...own, ...globalOptions(command) };
      const jobs = await withServer(options, ({ client }) =>
        client.jobs.list({ scope: 'finished', user: options.user, limit: options.last }),
      );
      if (options.quiet) for (const { id } of jobs) print(String(id));
      else if (options.output === 'json') printJson(Job.array(), jobs);
      else await printTable(historyColumns(options.output === 'wide'), jobs);
      if (jobs.length === 0) say('Nothing has finished yet. `dopq ps` shows what runs and waits.');
    });
  withExamples(history, 'dopq history', 'dopq history -u alice -n 20', 'dopq history -o json');
}
