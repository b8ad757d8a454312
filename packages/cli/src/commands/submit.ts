import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Job } from '@dopq/contract';
import type { Command } from 'commander';
import { type Connection, withServer } from '../connection.ts';
import { EXIT, Failure } from '../failure.ts';
import { interruption } from '../interrupt.ts';
import { exitCodeOf, jobLine, waitWhile } from '../job-end.ts';
import { copyLog } from '../log-stream.ts';
import { type GlobalOptions, globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { print, printJson, say } from '../output.ts';
import { packFolder } from '../pack-folder.ts';
import { uploadArchive } from '../upload.ts';

interface Options extends GlobalOptions {
  name?: string;
  user?: string;
  wait?: boolean;
  quiet?: boolean;
  output: ListFormat;
}

/** How long a submission's check is waited for, so that its faults are told at once. */
const CHECK_MS = 20_000;

export function register(program: Command): void {
  const submit = program
    .command('submit')
    .description('submit a folder, a zip, or a tar made by `docker save`')
    .argument('<path>', 'folder with Dockerfile and container_config.json, or an archive')
    .option('-u, --user <user>', 'whose job it is (default: executor_name in container_config.json)')
    .option('--name <filename>', 'name of the file as the server keeps it')
    .option('-w, --wait', "follow state and log to the end, and return the job's exit code")
    .option('-q, --quiet', 'print the id only')
    .addOption(outputOption('table', 'json'))
    .action(async (source: string, own: Options, command: Command) => {
      process.exitCode = await run(source, { ...own, ...globalOptions(command) });
    });
  withExamples(
    submit,
    'dopq submit ./training',
    'dopq submit job.zip --user alice --wait',
    'id=$(dopq submit -q ./training)',
  );
}

async function run(source: string, options: Options): Promise<number> {
  const signal = interruption();
  return await withServer(options, async (connection) => {
    const sent = await send(connection, source, options, signal);
    if (options.wait) return await follow(connection, sent, options, signal);
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(CHECK_MS)]);
    const job = (await waitWhile(connection, sent.id, ['receiving', 'checking'], { signal: deadline })) ?? sent;
    report(job, options);
    if (job.state === 'finished')
      say(`${options.quiet ? `${jobLine(job)}\n` : ''}\`dopq show ${job.id}\` has the details.`);
    else if (!options.quiet && options.output === 'table') say(`Follow it with \`dopq logs -f ${job.id}\`.`);
    return job.state === 'finished' ? exitCodeOf(job) : EXIT.ok;
  });
}

async function send(
  connection: Connection,
  source: string,
  { name, user }: Options,
  signal: AbortSignal,
): Promise<Job> {
  const found = await stat(source).catch((cause: Error) => {
    throw new Failure(`${source} cannot be read: ${cause.message}`, { exitCode: EXIT.notFound, cause });
  });
  if (!found.isDirectory()) {
    return uploadArchive(
      connection,
      { file: source, bytes: found.size, name: name ?? path.basename(source), user },
      signal,
    );
  }
  await using packed = await packFolder(source);
  for (const left of packed.leftOut) say(`left out: ${left}`);
  const { file, bytes } = packed;
  const base = name ?? path.basename(path.resolve(source));
  return await uploadArchive(
    connection,
    { file, bytes, name: base.endsWith('.zip') ? base : `${base}.zip`, user },
    signal,
  );
}

/** Shows each change and the log as it is written; stdout carries the log alone. */
async function follow(connection: Connection, { id }: Job, options: Options, signal: AbortSignal): Promise<number> {
  const show = { signal, onChange: (job: Job) => say(jobLine(job)) };
  const isQuiet = options.quiet || options.output === 'json';
  const started = await waitWhile(
    connection,
    id,
    ['receiving', 'checking', 'building', 'queued', 'held', 'starting'],
    show,
  );
  if (started?.container_name && !isQuiet) {
    await copyLog(connection, { id, kind: 'run', follow: true }, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  const ended = await waitWhile(connection, id, ['running', 'starting', 'queued', 'held'], show);
  if (!ended) {
    say(`#${id} goes on; \`dopq wait ${id}\` waits again, \`dopq cancel ${id}\` ends it.`);
    return EXIT.interrupted;
  }
  if (isQuiet) report(ended, options);
  return exitCodeOf(ended);
}

function report(job: Job, { quiet, output }: Options): void {
  if (output === 'json') printJson(Job, job);
  else print(quiet ? String(job.id) : jobLine(job));
}
