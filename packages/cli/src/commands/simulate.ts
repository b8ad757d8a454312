import { type Backfill, type Policy, reportOf, type SimulationReport, simulate } from '@dopq/scheduler';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatDuration } from '../format.ts';
import { type ListFormat, outputOption, parseCount, withExamples } from '../options.ts';
import { type Column, orDash, print, printTable, say } from '../output.ts';
import { readTrace, type TraceFiles } from '../read-trace.ts';

const POLICIES = ['fair-share', 'recency', 'fifo'] as const;
type PolicyName = (typeof POLICIES)[number];

interface Options extends TraceFiles {
  policy: PolicyName[];
  backfill: Backfill;
  runtimes: 'perfect' | 'requested';
  halfLife?: number;
  output: ListFormat;
}

/** One run: what was played, and what it was like. */
type Row = { policy: PolicyName; backfill: Backfill; runtimes: Options['runtimes'] } & SimulationReport;

export function register(program: Command): void {
  const command = program
    .command('simulate')
    .description('play a trace through the scheduler under one policy or several; needs no server')
    .requiredOption('--trace <file>', 'work of the past: Standard Workload Format, or a CSV of tasks (*.csv)')
    .option('--machines <file>', 'for a CSV of tasks: the CSV of machines')
    .option('--gpus <number>', 'one machine with so many GPUs, whatever the files say', parseCount)
    .option('--policy <names>', `${POLICIES.join(', ')}; several with commas, side by side`, parsePolicies, [
      'fair-share',
    ])
    .addOption(
      new Option('--backfill <kind>', 'what may pass a job that waits')
        .choices(['none', 'easy', 'conservative'])
        .default('conservative'),
    )
    .addOption(
      new Option('--runtimes <kind>', 'what the scheduler believes: the real run times, or what users asked for')
        .choices(['perfect', 'requested'])
        .default('perfect'),
    )
    .option('--half-life <days>', 'for fair-share: after so many days, use counts half', parseDays)
    .option('--users <number>', 'for a CSV of tasks: deal them to so many users', parseCount)
    .option('--seed <number>', 'for dealing them', parseCount)
    .addOption(outputOption('table', 'json'))
    .action(run);
  withExamples(
    command,
    'dopq simulate --trace lab.swf --policy fifo,fair-share',
    'dopq simulate --trace lab.swf --policy fifo --backfill easy --gpus 16 -o json',
    'dopq simulate --trace tasks.csv --machines machines.csv',
  );
}

async function run(options: Options): Promise<void> {
  const trace = readTrace(options);
  const rows = options.policy.map((name): Row => {
    const { backfill, runtimes } = options;
    const played = simulate(trace, policyOf(name, options), { runTimes: runtimes });
    return { policy: name, backfill, runtimes, ...reportOf(played) };
  });
  // Two policies are compared in a list; one is the answer itself.
  if (options.output === 'json') return print(JSON.stringify(rows.length === 1 ? rows[0] : rows, null, 2));
  await printTable(columns, rows);
  const skipped = rows[0]?.skipped ?? 0;
  if (skipped > 0) say(`Jobs left out: ${skipped}. No machine can run them, or the trace says too little.`);
}

function policyOf(kind: PolicyName, { backfill, halfLife }: Options): Policy {
  if (kind !== 'fair-share') return { kind, backfill };
  return { kind, backfill, ...(halfLife !== undefined && { halfLifeMs: halfLife * 86_400_000 }) };
}

const seconds = (value: number): string => formatDuration(value * 1000);

const columns: Column<Row>[] = [
  { head: 'POLICY', cell: (row) => orDash(row.policy) },
  { head: 'BACKFILL', cell: (row) => orDash(row.backfill) },
  { head: 'JOBS', align: 'right', cell: (row) => String(row.jobs) },
  { head: 'MEAN WAIT', align: 'right', cell: (row) => seconds(row.mean_wait_s) },
  { head: 'P50', align: 'right', cell: (row) => seconds(row.p50_wait_s) },
  { head: 'P95', align: 'right', cell: (row) => seconds(row.p95_wait_s) },
  { head: 'SLOWDOWN', align: 'right', cell: (row) => row.mean_bounded_slowdown.toFixed(2) },
  { head: 'IN USE', align: 'right', cell: (row) => `${(row.utilization * 100).toFixed(1)} %` },
  { head: 'FAIRNESS', align: 'right', cell: (row) => row.jain_fairness.toFixed(3) },
];

function parsePolicies(text: string): PolicyName[] {
  return text.split(',').map((name) => {
    const known = POLICIES.find((policy) => policy === name.trim());
    if (known === undefined) throw new InvalidArgumentError(`"${name}" is none of ${POLICIES.join(', ')}.`);
    return known;
  });
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!(days > 0)) throw new InvalidArgumentError(`"${text}" is no number of days.`);
  return days;
}
