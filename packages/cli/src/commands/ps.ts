import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { queueColumns } from '../job-columns.ts';
import { addJobListOptions, fetchJobs, type JobListOptions, printJobs } from '../job-list.ts';
import { type GlobalOptions, globalOptions, withExamples } from '../options.ts';
import { watch } from '../watch.ts';

interface Options extends JobListOptions {
  all?: boolean;
  watch?: boolean;
}

export function define(ps: Command): void {
  ps.option('-a, --all', 'finished jobs too').option('-w, --watch', 'show them anew whenever something changes');
  addJobListOptions(ps).action((own: Options, command: Command) => run({ ...own, ...globalOptions(command) }));
  withExamples(
    ps,
    'dopq ps',
    'dopq ps -a -u alice -n 20',
    'dopq ps --mine -f state=running -f state=queued',
    'dopq ps -o json',
    'dopq cancel $(dopq ps -q -u alice)',
  );
}

async function run(options: GlobalOptions & Options): Promise<void> {
  const hint = options.all
    ? 'No jobs yet. Submit one with `dopq submit FOLDER`.'
    : 'Nothing runs or waits. `dopq ps -a` shows finished jobs.';
  await withServer(options, async (connection) => {
    const show = async (clear?: () => void) => {
      const isTable = !options.quiet && (options.output === 'table' || options.output === 'wide');
      const [jobs, gpus] = await Promise.all([
        fetchJobs(connection, options.all ? 'all' : 'active', options),
        isTable ? connection.client.gpus.list() : [],
      ]);
      clear?.();
      await printJobs(jobs, options, (isWide) => queueColumns(isWide, gpus), hint);
    };
    if (options.watch) process.exitCode = await watch(connection, show);
    else await show();
  });
}
