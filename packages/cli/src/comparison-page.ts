// Why one job goes before another, as a page: who, what decided, and the sums on both sides.
import { styleText } from 'node:util';
import type { Comparison, Ledger } from '@dopq/contract';
import { ledgerTable } from './ledger-table.ts';
import { cleanLine } from './terminal-text.ts';
import { formatPenalty } from './user-list.ts';

export async function formatComparison({ first, decided_by: decidedBy, jobs }: Comparison): Promise<string> {
  const [front, back] = jobs.toSorted((a, b) => Number(b.job.id === first) - Number(a.job.id === first));
  if (!front || !back) return '';
  const nameOf = ({ job }: typeof front): string => `#${job.id} ${cleanLine(job.name)} of ${cleanLine(job.user)}`;
  const [a, b] = [front.job, back.job];
  const why = {
    priority: `it is in the higher class (priority ${a.priority}; the other has ${b.priority})`,
    penalty: `${cleanLine(a.user)} has the lower penalty: ${formatPenalty(front.ledger.penalty)}, and ${cleanLine(b.user)} has ${formatPenalty(back.ledger.penalty)}`,
    own_order: `${cleanLine(a.user)} has put it before the other`,
    age: 'it has waited longer, and nothing else tells them apart',
  }[decidedBy];
  const lines = [`${nameOf(front)} goes before ${nameOf(back)}:`, `  ${why}.`];
  const ledgers = new Map([front.ledger, back.ledger].map((ledger) => [ledger.user, ledger]));
  for (const ledger of ledgers.values()) lines.push('', ...(await sumOf(ledger)));
  return lines.join('\n');
}

/** How many lines of a ledger are told; the rest is one sum. */
const TOLD = 8;

async function sumOf({ user, policy, penalty, share, lines }: Ledger): Promise<string[]> {
  const part = policy === 'fair-share' ? ` (share ${(share * 100).toFixed(1)} % of the site)` : '';
  const head = styleText('bold', `${cleanLine(user)}: ${formatPenalty(penalty)}${part}`);
  if (lines.length === 0) return [head, '  has used nothing that still counts'];
  const table = await ledgerTable(policy, lines.slice(0, TOLD));
  const rest = lines.slice(TOLD);
  const restSum = rest.reduce((sum, line) => sum + line.penalty, 0);
  return [
    head,
    ...table.split('\n').map((line) => `  ${line}`),
    ...(rest.length > 0 ? [`  and ${rest.length} more runs, together ${formatPenalty(restSum)}`] : []),
  ];
}
