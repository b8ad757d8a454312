import { AUDIT_RESULTS, type AuditEntry, RAW_ROUTES } from '@dopq/contract';
import { type Command, Option } from 'commander';
import { withServer } from '../connection.ts';
import { type CsvColumn, printCsv } from '../csv.ts';
import { formatTime } from '../format.ts';
import { parsePast } from '../instants.ts';
import { globalOptions, type ListFormat, outputOption, parseCount, withExamples } from '../options.ts';
import { type Column, orDash, printJson, printTable, say } from '../output.ts';
import { cleanLine } from '../terminal-text.ts';

interface Options {
  who?: string;
  what?: string;
  which?: string;
  from?: string;
  result?: AuditEntry['result'];
  since?: string;
  until?: string;
  limit: number;
  export?: boolean;
  output: ListFormat;
}

export function define(audit: Command): void {
  audit
    .option('--who <user>', 'by one user; admin: by root on the admin socket')
    .option('--what <act>', 'its beginning: jobs, jobs.cancel, session.signIn')
    .option('--which <thing>', 'about one thing: #42, alice')
    .option('--from <address>', 'from one address')
    .addOption(new Option('--result <result>', 'how it went').choices(AUDIT_RESULTS))
    .option('--since <time>', 'from when: 7d, 2031-05-04, an instant', (text) => parsePast(text))
    .option('--until <time>', 'to when (default: now)', (text) => parsePast(text))
    .option('-n, --limit <number>', 'only the newest', parseCount, 50)
    .option('--export', 'all of it, oldest first, a JSON object a line')
    .addOption(outputOption('table', 'wide', 'json', 'csv'))
    .action((own: Options, command: Command) => run({ ...own, ...globalOptions(command) }));
  withExamples(
    audit,
    'dopq audit --result refused --since 7d',
    'dopq audit --who alice --what jobs.cancel -o wide',
    'dopq audit --export > audit.ndjson',
  );
}

async function run(options: Options & { config?: string | undefined }): Promise<void> {
  const { who, what, which, from, result, since, until, limit, output } = options;
  const query = { who, what, which, from, result, since, until };
  if (options.export) return await copyAll(options, query);
  const entries = await withServer(options, ({ client }) => client.audit.list({ ...query, limit }));
  if (output === 'json') return printJson(({ AuditEntry }) => AuditEntry.array(), entries);
  if (output === 'csv') return printCsv(CSV, entries);
  if (entries.length === 0) return say('Nothing of that kind is written down.');
  await printTable(columns(output === 'wide'), entries);
}

async function copyAll(
  options: { config?: string | undefined },
  query: Record<string, string | undefined>,
): Promise<void> {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  await withServer(options, async (connection) => {
    for await (const chunk of await connection.read(RAW_ROUTES.audit, Object.fromEntries(given))) {
      await new Promise((resolve) => process.stdout.write(chunk as Buffer, resolve));
    }
  });
}

function columns(isWide: boolean): Column<AuditEntry>[] {
  return [
    { head: 'AT', cell: ({ at }) => formatTime(at) },
    { head: 'WHO', elastic: true, cell: ({ who }) => cleanLine(who.replace(/^user:/, '')) },
    ...(isWide ? [{ head: 'FROM', cell: ({ from }: AuditEntry) => cleanLine(from) }] : []),
    { head: 'WHAT', cell: ({ what }) => cleanLine(what) },
    { head: 'WHICH', elastic: true, cell: ({ which }) => orDash(which) },
    { head: 'RESULT', cell: ({ result, code }) => (code === null ? result : `${result} ${code}`) },
    ...(isWide ? [{ head: 'DETAILS', cell: ({ details }: AuditEntry) => cleanLine(details ?? '') }] : []),
  ];
}

const CSV: CsvColumn<AuditEntry>[] = (
  ['seq', 'at', 'who', 'role', 'how', 'from', 'what', 'which', 'result', 'code', 'details'] as const
).map((head) => ({ head, cell: (entry) => entry[head] }));
