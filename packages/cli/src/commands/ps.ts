import { Job } from '@dopq/contract';
import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { queueColumns } from '../job-columns.ts';
import { type GlobalOptions, globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { print, printJson, printTable, say } from '../output.ts';
import { watch } from '../watch.ts';

interface Options {
  all?: boolean;
  user?: string;
  quiet?: boolean;
  watch?: boolean;
  output: ListFormat;
}

export function register(program: Command): void {
  const ps = program
    .command('ps')
    .description("list everyone's active jobs, in the order they are served")
    .option('-a, --all', 'finished jobs too')
    .option('-u, --user <name>', 'only those of one user')
    .option('-q, --quiet', 'ids only')
    .option('-w, --watch', 'show them again every two seconds')
    .addOption(outputOption('table', 'wide', 'json'))
    .action((own: Options, command: Command) => run({ ...own, ...globalOptions(command) }));
  withExamples(ps, 'dopq ps', 'dopq ps -a -u alice', 'dopq ps -o json', 'dopq cancel $(dopq ps -q -u alice)');
}

async function run(options: GlobalOptions & Options): Promise<void> {
  await withServer(options, async ({ client }) => {
    const show = async () => {
      const scope = options.all ? 'all' : 'active';
      await printJobs(await client.jobs.list({ scope, user: options.user }), options);
    };
    if (options.watch) process.exitCode = await watch(show);
    else await show();
  });
}

async function printJobs(jobs: Job[], { quiet, output, all }: Options): Promise<void> {
  if (quiet) {
    for (const { id } of jobs) print(String(id));
    return;
  }
  if (output === 'json') return printJson(Job.array(), jobs);
  await printTable(queueColumns(output === 'wide'), jobs);
  if (jobs.length === 0)
    say(
      all
        ? 'No jobs yet. Submit one with `dopq submit FOLDER`.'
        : 'Nothing runs or waits. `dopq ps -a` shows finished jobs.',
    );
}
