import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { outputWidth, print, printJson } from '../output.ts';
import { formatStatus } from '../status-page.ts';

export function define(status: Command): void {
  status.addOption(outputOption('table', 'json')).action(async (own: { output: ListFormat }, command: Command) => {
    const options = { ...own, ...globalOptions(command) };
    const found = await withServer(options, ({ client }) => client.status());
    if (options.output === 'json') await printJson(({ Status }) => Status, found);
    else print(formatStatus(found, outputWidth()));
  });
  withExamples(status, 'dopq status', 'dopq status -o json');
}
