import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { orDash, print, printJson } from '../output.ts';

export function define(whoami: Command): void {
  whoami.addOption(outputOption('table', 'json')).action(async (own: { output: ListFormat }, command: Command) => {
    const me = await withServer(globalOptions(command), ({ client }) => client.session.whoami());
    if (own.output === 'json') return printJson(({ WhoAmI }) => WhoAmI, me);
    print(`${orDash(me.user ?? me.role)}, ${me.role}, by ${me.how}${me.scope === null ? '' : ` (${me.scope})`}`);
  });
  withExamples(whoami, 'dopq whoami', 'DOPQ_HOST=https://box:3677 dopq whoami -o json');
}
