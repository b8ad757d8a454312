import type { FileList } from '@dopq/contract';
import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { downloadArchive, downloadFiles } from '../download.ts';
import { EXIT, Failure } from '../failure.ts';
import { formatBytes, formatTime } from '../format.ts';
import { interruption } from '../interrupt.ts';
import { findOneJob, ONE_JOB_HELP } from '../job-selectors.ts';
import { type GlobalOptions, globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { type Column, orDash, printJson, printTable, say } from '../output.ts';

interface Options extends GlobalOptions {
  list?: boolean;
  archive?: boolean;
  all?: boolean;
  to?: string;
  force?: boolean;
  output: ListFormat;
}

export function define(download: Command): void {
  download
    .description('fetch what a job left in the output folder of its user, or its archive as it was submitted')
    .argument('<job>', ONE_JOB_HELP)
    .argument('[path...]', 'files and folders of it (default: all that was written since the job started)')
    .option('-l, --list', 'only list what is there')
    .option('--archive', 'the archive as it was submitted')
    .option('-a, --all', 'also what is older than the job: the folder is shared by all jobs of its user')
    .option('-d, --to <folder>', 'where to put it; - writes one file to stdout (default: ./job-NUMBER)')
    .option('--force', 'write over what is there')
    .addOption(outputOption('table', 'json'))
    .action((job: string, paths: string[], own: Options, command: Command) =>
      run(job, paths, { ...own, ...globalOptions(command) }),
    );
  withExamples(
    download,
    'dopq download last',
    'dopq download 12 results/model.pt --to .',
    'dopq download 12 --list results',
    'dopq download 12 log.csv --to - | tail',
    'dopq download 12 --archive',
  );
}

async function run(word: string, paths: string[], options: Options): Promise<void> {
  const signal = interruption();
  await withServer(options, async (connection) => {
    const id = await findOneJob(connection.client, word);
    if (options.archive) {
      if (paths.length > 0) throw new Failure('--archive is one file: it takes no paths.', { exitCode: EXIT.usage });
      return await downloadArchive(connection, id, { ...options, signal });
    }
    const wanted = paths.map(withoutSlashes);
    if (!options.list) return await downloadFiles(connection, id, wanted, { ...options, signal });
    if (wanted.length > 1) throw new Failure('--list takes one folder at a time.', { exitCode: EXIT.usage });
    const found = await connection.client.jobs.files({ id, path: wanted[0] ?? '' });
    if (options.output === 'json') return printJson(({ FileList }) => FileList, found);
    await printTable(columns, found.entries);
    if (found.entries.length === 0) say('Nothing is there.');
    if (found.more) say('There is more than is listed.');
  });
}

/** As shells complete folders. */
function withoutSlashes(path: string): string {
  return path
    .replace(/^(?:\.\/)+/, '')
    .replace(/\/+$/, '')
    .replace(/^\.$/, '');
}

const columns: Column<FileList['entries'][number]>[] = [
  { head: 'SIZE', align: 'right', cell: ({ kind, bytes }) => (kind === 'file' ? formatBytes(bytes) : '-') },
  { head: 'WRITTEN', cell: ({ modified_at: at }) => formatTime(at) },
  { head: 'SINCE ITS START', cell: ({ kind, since_start }) => (kind === 'folder' ? '-' : since_start ? 'yes' : 'no') },
  {
    head: 'NAME',
    cell: ({ kind, name }) => `${orDash(name)}${kind === 'folder' ? '/' : kind === 'other' ? ' (special)' : ''}`,
  },
];
