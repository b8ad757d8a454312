import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { formatComparison } from '../comparison-page.ts';
import { formatExplanation } from '../explanation-page.ts';
import { EXIT, Failure } from '../failure.ts';
import { findJobs, isPlural, SELECTOR_HELP } from '../job-selectors.ts';
import { type GlobalOptions, globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { print, printJson } from '../output.ts';

export function define(explain: Command): void {
  explain
    .argument('<job...>', SELECTOR_HELP)
    .option('--before <job>', 'say why that other waiting job goes before this one, or does not, with both sums')
    .addOption(outputOption('table', 'json'))
    .action(async (jobs: string[], own: { output: ListFormat; before?: string }, command: Command) => {
      const options = { ...own, ...globalOptions(command) };
      if (own.before !== undefined) return await compare(jobs, own.before, options);
      const found = await withServer(options, async ({ client }) =>
        Promise.all((await findJobs(client, jobs)).map((id) => client.jobs.explain({ id }))),
      );
      if (options.output !== 'json') print(found.map((one) => formatExplanation(one, Date.now())).join('\n\n'));
      else if (isPlural(jobs)) await printJson(({ Explanation }) => Explanation.array(), found);
      else await printJson(({ Explanation }) => Explanation, found[0]);
    });
  withExamples(
    explain,
    'dopq explain 12',
    'dopq explain 12 --before 9',
    'dopq explain last',
    'dopq explain 12 -o json',
  );
}

async function compare(jobs: string[], before: string, options: GlobalOptions & { output: ListFormat }): Promise<void> {
  const found = await withServer(options, async ({ client }) => {
    const [id = 0, ...more] = await findJobs(client, jobs);
    const [other = 0] = await findJobs(client, [before]);
    if (more.length > 0) throw new Failure('Only two jobs can be compared.', { exitCode: EXIT.usage });
    return await client.jobs.compare({ id, other });
  });
  if (options.output === 'json') await printJson(({ Comparison }) => Comparison, found);
  else print(await formatComparison(found));
}
