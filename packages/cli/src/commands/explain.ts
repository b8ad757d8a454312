import { Explanation } from '@dopq/contract';
import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { formatExplanation } from '../explanation-page.ts';
import { findJobs, isPlural, SELECTOR_HELP } from '../job-selectors.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { print, printJson } from '../output.ts';

export function register(program: Command): void {
  const explain = program
    .command('explain')
    .description('say why a job waits, when it will start, and what would change that')
    .argument('<job...>', SELECTOR_HELP)
    .addOption(outputOption('table', 'json'))
    .action(async (jobs: string[], own: { output: ListFormat }, command: Command) => {
      const options = { ...own, ...globalOptions(command) };
      const found = await withServer(options, async ({ client }) =>
        Promise.all((await findJobs(client, jobs)).map((id) => client.jobs.explain({ id }))),
      );
      if (options.output !== 'json') print(found.map((one) => formatExplanation(one, Date.now())).join('\n\n'));
      else if (isPlural(jobs)) printJson(Explanation.array(), found);
      else printJson(Explanation, found[0]);
    });
  withExamples(explain, 'dopq explain 12', 'dopq explain last', 'dopq explain 12 -o json');
}
