import {
  asRecorded,
  type Backfill,
  type Belief,
  fidelityOf,
  type Policy,
  reportOf,
  simulate,
  type Trace,
} from '@dopq/scheduler';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { withServer } from '../connection.ts';
import { globalOptions, type ListFormat, outputOption, parseCount, reflowed, withExamples } from '../options.ts';
import { print, say } from '../output.ts';
import { parseLength } from '../instants.ts';
import { policyInForce, traceOf } from '../read-history.ts';
import { readTrace } from '../read-trace.ts';
import { printComparison, printPerUser, type Row } from '../simulation-tables.ts';

const POLICIES = ['fair-share', 'recency', 'fifo', 'current'] as const;
const BACKFILLS = ['none', 'easy', 'conservative'] as const;

/** As `fifo` or `fifo/easy`. */
interface Wanted {
  policy: (typeof POLICIES)[number];
  backfill?: Backfill | undefined;
}

interface Options {
  trace?: string;
  machines?: string;
  gpus?: number;
  users?: number;
  seed?: number;
  since?: number;
  policy?: Wanted[];
  backfill?: Backfill;
  runtimes?: Belief;
  halfLife?: number;
  perUser?: boolean;
  output: ListFormat;
}

/** What is played, and what holds where the command line says nothing. */
interface Play {
  trace: Trace;
  policy: Policy | undefined;
  runtimes: Belief;
}

export function define(command: Command): void {
  command
    .description("try out policies on the server's own past, or on a trace: how long would everyone have waited")
    .option('--trace <file>', 'play a file, without a server: Standard Workload Format, or a CSV of tasks (*.csv)')
    .option('--machines <file>', 'for a CSV of tasks: the CSV of machines')
    .option('--gpus <number>', 'one machine with so many GPUs, whatever the files say', parseCount)
    .option('--since <time>', "of the server's past only so much: 12h, 30d, 26w; default all of it", parseLength)
    .option(
      '--policy <names>',
      `${POLICIES.join(', ')}; several with commas, side by side; each may name its backfill, as fifo/easy`,
      parsePolicies,
    )
    .addOption(
      new Option(
        '--backfill <kind>',
        'what may pass a job that waits; default conservative, or as the server does',
      ).choices(BACKFILLS),
    )
    .addOption(
      new Option(
        '--runtimes <kind>',
        'what the scheduler believes of run times: the real ones, what users asked for, or what DoPQ would have learned; default perfect for a trace, learned for the own past',
      ).choices(['perfect', 'requested', 'learned']),
    )
    .option('--half-life <days>', 'for fair-share: after so many days, use counts half', parseDays)
    .option('--per-user', 'also the waits of each user')
    .option('--users <number>', 'for a CSV of tasks: deal them to so many users', parseCount)
    .option('--seed <number>', 'for dealing them', parseCount)
    .addOption(outputOption('table', 'json'))
    .action((own: Options, self: Command) => run(own, self));
  withExamples(
    command,
    'dopq simulate --since 30d --policy current,fifo,fair-share',
    'dopq simulate --trace lab.swf --policy fifo/none,fifo/easy --per-user',
    'dopq simulate --trace lab.swf --policy fifo --backfill easy --gpus 16 -o json',
    'dopq simulate --trace tasks.csv --machines machines.csv',
  ).addHelpText('after', reflowed(NOTES));
}

const NOTES = `
Of a trace in the Standard Workload Format a processor counts as one GPU, all
of one machine; their number is --gpus, else MaxProcs, else MaxNodes of its
header. A job has its allocated processors (column 5), else those it asked for
(column 8). Left out and counted as such: jobs without a run time, a
submission or a number of processors (-1), and jobs that are larger than the
machine. Cancelled jobs that ran are played for as long as they ran. At the
same second ends come first, then submissions, then starts. A CSV of tasks
names no users: they are dealt by --seed. Nothing is random: the same input
gives the same output.

The own past is played with the machines as they are now, the policy in force,
and priorities as they stood last; jobs that were withdrawn leave when they
did.

Backfill easy has the first waiting job's shadow time, with all that ends by
then as free, and its extra processors; conservative has a reservation for
every waiting job (of the own past: for protected.jobs of them).

Figures: WAIT from submission (when the image was built) to start, P50 and P95
between the two nearest ranks as numpy's percentile; SLOWDOWN the mean of
(wait + run) / max(run, 10 s), at least 1; IN USE the GPU time used of what
there was from the first submission to the last end; FAIRNESS is Jain's index
over the users' mean slowdowns, 1 = all alike.`;

async function run(own: Options, command: Command): Promise<void> {
  const { trace, policy, runtimes } = own.trace === undefined ? await ownPast(own, command) : fromFile(own, own.trace);
  const wanted = own.policy ?? [{ policy: policy ? 'current' : 'fair-share' } as const];
  const rows: Row[] = [];
  for (const one of wanted) {
    const played = policyOf(one, own, policy);
    const simulation = simulate(trace, played, { runTimes: own.runtimes ?? runtimes });
    const recorded = policy && rows.length === 0 ? asRecorded(simulation) : undefined;
    if (recorded) rows.push({ policy: 'as recorded', backfill: null, runtimes: null, ...reportOf(recorded) });
    const fidelity = policy && { recorded_order: fidelityOf(simulation) };
    rows.push({
      policy: one.policy === 'current' ? `current (${played.kind})` : played.kind,
      backfill: played.backfill ?? 'conservative',
      runtimes: own.runtimes ?? runtimes,
      ...reportOf(simulation),
      ...(fidelity && {
        recorded_order: { jobs: fidelity.recorded_order.jobs, in_order: fidelity.recorded_order.inOrder },
      }),
    });
  }
  // Several are compared in a list; one is the answer itself.
  if (own.output === 'json') return print(JSON.stringify(rows.length === 1 ? rows[0] : rows, null, 2));
  await printComparison(rows);
  if (own.perUser) await printPerUser(rows);
  sayRemarks(rows);
}

function sayRemarks(rows: readonly Row[]): void {
  const last = rows.at(-1);
  if (last && last.skipped > 0)
    say(`Jobs left out: ${last.skipped}. No machine can run them, or too little is known of them.`);
  const { recorded_order: order } = rows.find(({ policy }) => policy.startsWith('current')) ?? {};
  if (order) say(`Under the policy in force, ${order.in_order} of ${order.jobs} jobs start in the recorded order.`);
}

async function ownPast({ since }: Options, command: Command): Promise<Play> {
  const query = since === undefined ? {} : { since_seconds: since };
  const history = await withServer(globalOptions(command), ({ client }) => client.queue.history(query));
  return { trace: traceOf(history), policy: policyInForce(history), runtimes: 'learned' };
}

function fromFile(files: Options, trace: string): Play {
  return { trace: readTrace({ ...files, trace }), policy: undefined, runtimes: 'perfect' };
}

/** Limits, weights and shares are those in force, where there are any: only the order is another. */
function policyOf(
  { policy: name, backfill: own }: Wanted,
  { backfill: general, halfLife }: Options,
  current?: Policy,
): Policy {
  const base = current ?? { kind: 'fair-share' as const };
  const backfill = own ?? general ?? base.backfill ?? 'conservative';
  const kind = name === 'current' ? base.kind : name;
  const { limits, protectedJobs } = base;
  const rules = { backfill, ...(limits && { limits }), ...(protectedJobs !== undefined && { protectedJobs }) };
  if (kind !== 'fair-share') return { kind, ...rules };
  const { halfLifeMs, gpuWeights, shares } = base.kind === 'fair-share' ? base : {};
  const life = halfLife === undefined ? halfLifeMs : halfLife * 86_400_000;
  return { kind, halfLifeMs: life, gpuWeights, shares, ...rules };
}

function parsePolicies(text: string): Wanted[] {
  return text.split(',').map((part) => {
    const [name = '', kind] = part.trim().split('/');
    const policy = POLICIES.find((known) => known === name);
    if (policy === undefined) throw new InvalidArgumentError(`"${name}" is none of ${POLICIES.join(', ')}.`);
    const backfill = BACKFILLS.find((known) => known === kind);
    if (kind !== undefined && backfill === undefined) {
      throw new InvalidArgumentError(`"${kind}" is none of ${BACKFILLS.join(', ')}.`);
    }
    return { policy, backfill };
  });
}

function parseDays(text: string): number {
  const days = Number(text);
  if (!(days > 0)) throw new InvalidArgumentError(`"${text}" is no number of days.`);
  return days;
}
