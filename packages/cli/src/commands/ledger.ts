import type { Ledger } from '@dopq/contract';
import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { formatDuration } from '../format.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { orDash, print, printJson, say } from '../output.ts';
import { ledgerTable } from '../ledger-table.ts';
import { formatPenalty } from '../user-list.ts';

export function define(ledger: Command): void {
  ledger
    .description('show what a penalty is made of, run by run; without a user, for everyone who has one')
    .argument('[user]', 'whose')
    .addOption(outputOption('table', 'json'))
    .action(async (user: string | undefined, own: { output: ListFormat }, command: Command) => {
      const options = { ...own, ...globalOptions(command) };
      const ledgers = await withServer(options, async ({ client }) => {
        if (user !== undefined) return [await client.users.ledger({ name: user })];
        const users = await client.users.list();
        return await Promise.all(users.map(({ name }) => client.users.ledger({ name })));
      });
      if (options.output === 'json') return printJson(({ Ledger }) => Ledger.array(), ledgers);
      const shown = ledgers.filter(({ lines }) => user !== undefined || lines.length > 0);
      for (const [index, one] of shown.entries()) {
        if (index > 0) print('');
        await printLedger(one);
      }
      if (shown.length === 0) say('Nobody has used anything yet.');
    });
  withExamples(ledger, 'dopq ledger alice', 'dopq ledger', 'dopq ledger alice -o json');
}

async function printLedger({
  user,
  policy,
  penalty,
  share,
  half_life_seconds: halfLife,
  lines,
}: Ledger): Promise<void> {
  const fades = halfLife === null ? '' : `, use counts half after ${formatDuration(halfLife * 1000)}`;
  const part = policy === 'fair-share' ? `, share ${(share * 100).toFixed(1)} %` : '';
  print(`${orDash(user)}: penalty ${formatPenalty(penalty)} (${policy}${part}${fades})`);
  if (lines.length > 0) print(await ledgerTable(policy, lines));
}
