// The lines of a ledger, from left to right as they are counted.
import type { LedgerLine } from '@dopq/contract';
import { formatDuration } from './format.ts';
import { type Column, formatTable, orDash, outputWidth } from './output.ts';
import { formatPenalty } from './user-list.ts';

export async function ledgerTable(policy: string, lines: LedgerLine[]): Promise<string> {
  return await formatTable(policy === 'recency' ? recencyColumns : useColumns, lines, outputWidth());
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
