import { stat } from 'node:fs/promises';
import path from 'node:path';
import { formatFindings, type Job } from '@dopq/contract';
import type { Command } from 'commander';
import { askedFor } from '../asked-for.ts';
import { type Connection, withServer } from '../connection.ts';
import { EXIT, Failure } from '../failure.ts';
import { formatBytes } from '../format.ts';
import { interruption } from '../interrupt.ts';
import { exitCodeOf, jobLine, waitWhile } from '../job-end.ts';
import { copyLog } from '../log-stream.ts';
import { type GlobalOptions, globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { print, printJson, say } from '../output.ts';
import { packFolder } from '../pack-folder.ts';
import { cleanText } from '../terminal-text.ts';
import { uploadArchive } from '../upload.ts';
import { validate } from '../validate-submission.ts';
import { startWords, watchIntake, withForecast } from '../watch-intake.ts';

interface Options extends GlobalOptions {
  name?: string;
  user?: string;
  wait?: boolean;
  quiet?: boolean;
  check: boolean;
  dryRun?: boolean;
  output: ListFormat;
}

/** What is sent: a file, whatever it was made from. */
interface Parcel extends AsyncDisposable {
  file: string;
  bytes: number;
  name: string;
}

type Checked = Awaited<ReturnType<typeof validate>>;

/** How long a submission's check is waited for with --quiet, so that its faults are told at once. */
const CHECK_MS = 20_000;

export function define(submit: Command): void {
  submit
    .description('check a folder, a zip, or a tar made by `docker save`, send it, and show it on its way to the queue')
    .argument('<path>', 'folder with Dockerfile and container_config.json, or an archive')
    .option('-u, --user <user>', 'whose job it is (default: executor_name in container_config.json)')
    .option('--name <filename>', 'name of the file as the server keeps it')
    .option('-w, --wait', "follow state and log to the end, and return the job's exit code")
    .option('-q, --quiet', 'print the number only, and do not wait for the build')
    .option('--dry-run', 'check it and say what would be sent, and send nothing')
    .option('--no-check', 'send it as it is; the server checks it anyway')
    .addOption(outputOption('table', 'json'))
    .action(async (source: string, own: Options, command: Command) => {
      process.exitCode = await run(source, { ...own, ...globalOptions(command) });
    });
  withExamples(
    submit,
    'dopq submit ./training',
    'dopq submit job.zip --user alice --wait',
    'dopq submit --dry-run ./training',
    'id=$(dopq submit -q ./training)',
  );
}

async function run(source: string, options: Options): Promise<number> {
  const signal = interruption();
  await using parcel = await makeParcel(source, options);
  if (options.check || options.dryRun) {
    const checked = await validate(parcel.file, { ...options, name: parcel.name, signal, say });
    if (!checked.found.valid || options.dryRun) return await tellCheck(checked, parcel, options);
    if (!options.quiet) sayDefaultMemory(checked);
  }
  return await withServer(options, async (connection) => {
    const sent = await uploadArchive(connection, { ...parcel, user: options.user }, signal);
    if (options.wait) return await follow(connection, sent, options, signal);
    const job = await intake(connection, sent, options, signal);
    if (job === undefined) return gone(sent);
    await report(job, options);
    return job.state === 'finished' ? exitCodeOf(job) : EXIT.ok;
  });
}

async function makeParcel(source: string, { name }: Options): Promise<Parcel> {
  const found = await stat(source).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') {
      throw new Failure(`There is no file or folder ${source}.`, { exitCode: EXIT.notFound, cause });
    }
    throw new Failure(`${source} cannot be read: ${cause.message}`, { exitCode: EXIT.notFound, cause });
  });
  if (!found.isDirectory()) {
    const none = async () => {};
    return { file: source, bytes: found.size, name: name ?? path.basename(source), [Symbol.asyncDispose]: none };
  }
  const packed = await packFolder(source);
  for (const left of packed.leftOut) say(`left out: ${left}`);
  const base = name ?? path.basename(path.resolve(source));
  return {
    file: packed.file,
    bytes: packed.bytes,
    name: base.endsWith('.zip') ? base : `${base}.zip`,
    [Symbol.asyncDispose]: () => packed[Symbol.asyncDispose](),
  };
}

/** What is wrong goes to stderr, what a dry run found to stdout. */
async function tellCheck(
  { found, lacksMemory }: Checked,
  { name, bytes }: Parcel,
  { output, dryRun }: Options,
): Promise<number> {
  const findings = cleanText(formatFindings(found));
  if (!found.valid) {
    say(`${findings}\n\nNothing was sent. \`--no-check\` sends it all the same.`);
    return EXIT.refused;
  }
  if (output === 'json') await printJson(({ Validation }) => Validation, found);
  else {
    if (findings !== '') say(findings);
    const start = startWords({ state: 'queued', ...found }, Date.now());
    print(
      `${name} is fine, ${formatBytes(bytes)} would be sent${found.asks ? `: ${askedFor(found.asks, lacksMemory)}` : ''}${start === '' ? '' : `; ${start}`}`,
    );
  }
  return dryRun ? EXIT.ok : EXIT.error;
}

/** People who ask for nothing are surprised by how much they wait for. */
function sayDefaultMemory({ found: { asks }, lacksMemory }: Checked): void {
  if (!lacksMemory || !asks?.memory_bytes) return;
  say(
    `It has no required_memory, so it gets ${formatBytes(asks.memory_bytes)}; what asks for less finds a place earlier.`,
  );
}

/** With --quiet until it is checked, else until it is built and a start is predicted. */
async function intake(
  connection: Connection,
  sent: Job,
  { quiet }: Options,
  signal: AbortSignal,
): Promise<Job | undefined> {
  if (quiet) {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(CHECK_MS)]);
    const checked = await waitWhile(connection, sent.id, ['receiving', 'checking'], { signal: deadline });
    return checked ?? (signal.aborted ? undefined : sent);
  }
  const built = await watchIntake(connection, sent.id, signal);
  return built && (await withForecast(connection, built, signal));
}

/** Shows each change and the log as it is written; stdout carries the log alone. */
async function follow(connection: Connection, sent: Job, options: Options, signal: AbortSignal): Promise<number> {
  const { id } = sent;
  // The end is told below what it ended with.
  const show = { signal, onChange: (job: Job) => job.state !== 'finished' && say(lineOf(job)) };
  const isQuiet = options.quiet || options.output === 'json';
  await watchIntake(connection, id, signal);
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
  if (!ended) return gone(sent);
  if (isQuiet) await report(ended, options);
  else say(jobLine(ended));
  return exitCodeOf(ended);
}

/** Ctrl-C ends the waiting and not the job. */
function gone({ id }: Job): number {
  say(`#${id} goes on; \`dopq wait ${id}\` waits again, \`dopq cancel ${id}\` ends it.`);
  return EXIT.interrupted;
}

function lineOf(job: Job): string {
  const start = startWords(job, Date.now());
  return start === '' ? jobLine(job) : `${jobLine(job)}; ${start}`;
}

async function report(job: Job, { quiet, output }: Options): Promise<void> {
  if (output === 'json') await printJson(({ Job }) => Job, job);
  else print(quiet ? String(job.id) : lineOf(job));
  if (job.state === 'finished' && job.outcome !== 'succeeded')
    say(`${quiet ? `${jobLine(job)}\n` : ''}\`dopq show ${job.id}\` has the details.`);
  else if (!quiet && output === 'table') say(hintFor(job));
}

function hintFor({ id, state }: Job): string {
  if (state === 'queued') return `\`dopq explain ${id}\` says why it waits; \`dopq logs -f ${id}\` follows it.`;
  return `Follow it with \`dopq logs -f ${id}\`.`;
}
