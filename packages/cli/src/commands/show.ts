import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { jobPage } from '../job-page.ts';
import { findJobs, isPlural, SELECTOR_HELP } from '../job-selectors.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { print, printJson } from '../output.ts';

export function define(show: Command): void {
  show
    .argument('<job...>', SELECTOR_HELP)
    .addOption(outputOption('table', 'json'))
    .action(async (jobs: string[], own: { output: ListFormat }, command: Command) => {
      const options = { ...own, ...globalOptions(command) };
      await withServer(options, async ({ client }) => {
        const ids = await findJobs(client, jobs);
        if (options.output !== 'json') {
          return print((await Promise.all(ids.map((id) => jobPage(client, id)))).join('\n\n'));
        }
        const found = await Promise.all(ids.map((id) => client.jobs.get({ id })));
        return isPlural(jobs)
          ? printJson(({ JobDetail }) => JobDetail.array(), found)
          : printJson(({ JobDetail }) => JobDetail, found[0]);
      });
    });
  withExamples(show, 'dopq show 12', 'dopq show last', 'dopq show 12 -o json');
}
