import { Ledger, type LedgerLine } from '@dopq/contract';
import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { formatDuration } from '../format.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { type Column, orDash, print, printJson, printTable, say } from '../output.ts';
import { formatPenalty } from '../user-list.ts';

export function register(program: Command): void {
  const ledger = program
    .command('ledger')
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
      if (options.output === 'json') return printJson(Ledger.array(), ledgers);
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
  if (lines.length > 0) await printTable(policy === 'recency' ? recencyColumns : useColumns, lines);
}

const job: Column<LedgerLine>[] = [
  { head: 'JOB', align: 'right', cell: (line) => `#${line.job_id}` },
  { head: 'NAME', elastic: true, cell: (line) => orDash(line.name) },
];
const penalty: Column<LedgerLine> = { head: 'PENALTY', align: 'right', cell: (line) => formatPenalty(line.penalty) };
const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;

/** From left to right as it is counted: what it held, for how long, what is left, what that makes. */
const useColumns: Column<LedgerLine>[] = [
  ...job,
  { head: 'GPUS', align: 'right', cell: ({ use }) => (use ? String(Number(use.gpus.toFixed(2))) : '-') },
  { head: 'OF ALL', align: 'right', cell: ({ use }) => (use ? percent(use.rate) : '-') },
  { head: 'RAN', align: 'right', cell: ({ use }) => (use ? formatDuration(use.ran_seconds * 1000) : '-') },
  {
    head: 'TO COME',
    align: 'right',
    cell: ({ use }) => (use && use.expected_seconds > 0 ? formatDuration(use.expected_seconds * 1000) : '-'),
  },
  { head: 'LEFT', align: 'right', cell: ({ use }) => (use ? percent(use.remaining) : '-') },
  penalty,
];

const recencyColumns: Column<LedgerLine>[] = [
  ...job,
  { head: 'RUNS SINCE', align: 'right', cell: (line) => orDash(line.position?.toString()) },
  penalty,
];
