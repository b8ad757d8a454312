import { Explanation } from '@dopq/contract';
import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { formatExplanation } from '../explanation-page.ts';
import { parseJobId } from '../job-ids.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { print, printJson } from '../output.ts';

export function register(program: Command): void {
  const explain = program
    .command('explain')
    .description('say why a job waits, when it will start, and what would change that')
    .argument('<id>', 'job', parseJobId)
    .addOption(outputOption('table', 'json'))
    .action(async (id: number, own: { output: ListFormat }, command: Command) => {
      const options = { ...own, ...globalOptions(command) };
      const found = await withServer(options, ({ client }) => client.jobs.explain({ id }));
      if (options.output === 'json') printJson(Explanation, found);
      else print(formatExplanation(found, Date.now()));
    });
  withExamples(explain, 'dopq explain 12', 'dopq explain 12 -o json');
}
