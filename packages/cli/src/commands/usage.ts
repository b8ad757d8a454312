import type { Gpu, UsageLine } from '@dopq/contract';
import { type Command, Option } from 'commander';
import { withServer } from '../connection.ts';
import { type CsvColumn, printCsv } from '../csv.ts';
import { formatDuration, formatTime } from '../format.ts';
import { parsePast } from '../instants.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { type Column, orDash, printJson, printTable, say } from '../output.ts';

interface Options {
  by: 'user' | 'day' | 'gpu';
  since: string;
  until?: string;
  user?: string;
  output: ListFormat;
}

export function define(usage: Command): void {
  usage
    .addOption(new Option('--by <what>', 'a line for each').choices(['user', 'day', 'gpu']).default('user'))
    .option('--since <time>', 'from when: 7d ago, 2031-05-04, an instant', (text) => parsePast(text), parsePast('30d'))
    .option('--until <time>', 'to when (default: now)', (text) => parsePast(text))
    .option('-u, --user <user>', 'only the jobs of one user')
    .addOption(outputOption('table', 'wide', 'json', 'csv'))
    .action((own: Options, command: Command) => run({ ...own, ...globalOptions(command) }));
  usage.options.find(({ long }) => long === '--since')?.default(parsePast('30d'), '30d');
  withExamples(
    usage,
    'dopq usage',
    'dopq usage --by day --since 7d -u alice',
    'dopq usage --since 2031-05-01 --until 2031-06-01 -o csv > may.csv',
  );
}

async function run(options: Options & { config?: string | undefined }): Promise<void> {
  const { by, since: from, until: to, user, output } = options;
  const [report, gpus] = await withServer(options, ({ client }) =>
    Promise.all([client.usage.report({ by, from, to, user }), by === 'gpu' ? client.gpus.list() : []]),
  );
  if (output === 'json') return printJson(({ Usage }) => Usage, report);
  if (output === 'csv') return printCsv(csv(by), report.lines);
  say(`${formatTime(report.from)} to ${formatTime(report.to)}`);
  if (report.lines.length === 0) return say('Nothing ran in that time. `--since` looks further back.');
  await printTable(columns(by, gpus, output === 'wide'), [...report.lines, { ...report.total, key: 'total' }]);
}

function columns(by: Options['by'], gpus: readonly Gpu[], isWide: boolean): Column<UsageLine>[] {
  const nameOf = (key: string) => {
    const gpu = gpus.find(({ uuid }) => uuid === key);
    return gpu ? `${gpu.index} ${gpu.name}` : key;
  };
  const number = (head: string, cell: (line: UsageLine) => string): Column<UsageLine> => ({
    head,
    align: 'right',
    cell,
  });
  const wide = [
    number('CPU H', (line) => hours(line.cpu_hours)),
    number('RUN H', (line) => hours(line.run_hours)),
    number('IDLE GPU H', (line) => hours(line.gpu_idle_hours)),
  ];
  return [
    { head: by.toUpperCase(), elastic: true, cell: (line) => orDash(nameOf(line.key)) },
    number('JOBS', (line) => String(line.jobs)),
    number('GPU H', (line) => hours(line.gpu_hours)),
    number('GPU USE', (line) =>
      line.gpu_utilization_percent === null ? '-' : `${Math.round(line.gpu_utilization_percent)} %`,
    ),
    ...(isWide ? wide : []),
    number('WAIT', (line) => wait(line.wait_seconds_p50)),
    number('9 OF 10', (line) => wait(line.wait_seconds_p90)),
    number('OK', (line) => String(line.succeeded)),
    number('FAILED', (line) => String(line.failed)),
    number('CANCEL', (line) => String(line.cancelled)),
    number('LOST', (line) => String(line.interrupted)),
  ];
}

const hours = (value: number | null): string => (value === null ? '-' : value.toFixed(value < 10 ? 2 : 1));
const wait = (seconds: number | null): string => (seconds === null ? '-' : formatDuration(seconds * 1000));

function csv(by: Options['by']): CsvColumn<UsageLine>[] {
  const names = [
    'jobs',
    'gpu_hours',
    'cpu_hours',
    'run_hours',
    'wait_seconds_p50',
    'wait_seconds_p90',
    'succeeded',
    'failed',
    'cancelled',
    'interrupted',
    'gpu_utilization_percent',
    'gpu_idle_hours',
  ] as const;
  return [
    { head: by, cell: (line) => line.key },
    ...names.map((name) => ({ head: name, cell: (line: UsageLine) => line[name] })),
  ];
}
