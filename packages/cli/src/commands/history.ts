import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { historyColumns } from '../job-columns.ts';
import { addJobListOptions, fetchJobs, type JobListOptions, printJobs } from '../job-list.ts';
import { globalOptions, withExamples } from '../options.ts';

export function define(history: Command): void {
  addJobListOptions(history).action(async (own: JobListOptions, command: Command) => {
    const options = { ...own, ...globalOptions(command) };
    const jobs = await withServer(options, (connection) => fetchJobs(connection, 'finished', options));
    await printJobs(jobs, options, historyColumns, 'Nothing has finished yet. `dopq ps` shows what runs and waits.');
  });
  withExamples(
    history,
    'dopq history',
    'dopq history -u alice -n 20',
    'dopq history -f outcome=failed -f outcome=out_of_memory',
    'dopq history -o csv > history.csv',
  );
}
