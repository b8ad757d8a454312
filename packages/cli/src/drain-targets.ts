// `dopq drain` and `dopq undrain`: a GPU by number, UUID or the beginning of one, or a machine.
import type { Drain } from '@dopq/contract';
import { formatTime } from './format.ts';
import type { ListFormat } from './options.ts';
import { type Column, orDash, printJson, printTable, say } from './output.ts';
import { EXIT, Failure } from './failure.ts';

type Target = { gpu: string } | { machine: string };

/** @throws Failure if nothing is named */
export function drainTargets(gpus: readonly string[], machine: string | undefined): Target[] {
  const targets = [...gpus.map((gpu) => ({ gpu })), ...(machine === undefined ? [] : [{ machine }])];
  if (targets.length > 0) return targets;
  throw new Failure('Which GPU, or which machine?', {
    fix: 'Name GPUs by number or UUID (`dopq gpus -o wide`), or a machine with --machine NAME.',
    exitCode: EXIT.usage,
  });
}

export async function printDrains(drains: Drain[], output: ListFormat): Promise<void> {
  if (output === 'json') return printJson(({ Drain }) => Drain.array(), drains);
  if (drains.length === 0) return say('Nothing is drained.');
  await printTable(columns, drains);
}

const columns: Column<Drain>[] = [
  { head: 'WHAT', elastic: true, cell: ({ kind, id }) => orDash(`${kind} ${id}`) },
  { head: 'SINCE', cell: ({ since }) => formatTime(since) },
  { head: 'BY', cell: ({ actor }) => orDash(actor) },
  { head: 'REASON', cell: ({ reason }) => orDash(reason) },
];
