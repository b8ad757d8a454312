// A submission looked at before it is sent: the archive here, with the server's own code; its configuration by the server
// too, if one answers, for only that knows its GPUs, its memory and its users.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import {
  parseSubmission,
  type ArchiveLimits,
  type Asks,
  type JudgementNow,
  type Problem,
  type Submission,
  type Validation,
} from '@dopq/contract';
import { type Connection, connect } from './connection.ts';
import { EXIT, Failure } from './failure.ts';
import { importServer } from './find-server.ts';
import { packFolder } from './pack-folder.ts';

export interface ValidateOptions {
  config?: string | undefined;
  user?: string | undefined;
  /** What an archive is called, where that is not the name of its file. */
  name?: string | undefined;
  /** Ask no server. */
  offline?: boolean | undefined;
  signal: AbortSignal;
  /** What a person should know beside the result. */
  say(text: string): void;
}

const CONFIG_FILE = 'container_config.json';

/** What was found in this process. */
interface Findings {
  problems: Problem[];
  notes: string[];
  submission?: Submission;
  /** For the server to judge. */
  config?: { file: string; content: Uint8Array };
}

/** What was found, and whether it leaves its memory to the default. @throws Failure if there is nothing to look at */
export async function validate(
  source: string,
  options: ValidateOptions,
): Promise<{ found: Validation; lacksMemory: boolean }> {
  const stats = await stat(source).catch((cause: Error) => {
    throw new Failure(`${source} cannot be read: ${cause.message}`, { exitCode: EXIT.notFound, cause });
  });
  // A FIFO would be waited for.
  if (!stats.isDirectory() && !stats.isFile()) {
    throw new Failure(`${source} is neither a folder nor a file.`, { exitCode: EXIT.usage });
  }
  await using server = options.offline ? undefined : await tryServer(options);
  const here = stats.isDirectory()
    ? await inFolder(source, server?.limits, options)
    : await inFile(source, stats.size, server?.limits, options);
  const judgement = here.config && server ? await judge(server.connection, here.config, options) : undefined;
  const { problems, notes } = judgement ? combine(here, judgement) : here;
  const valid = problems.length === 0;
  const found: Validation = {
    valid,
    path: source,
    checked_with: server ? 'server' : 'defaults',
    problems,
    notes: valid ? notes : [],
    asks: valid ? (judgement?.asks ?? asksOf(here.submission, options.user)) : null,
    predicted_start_at: valid ? (judgement?.predicted_start_at ?? null) : null,
    predicted_start_p90_at: valid ? (judgement?.predicted_start_p90_at ?? null) : null,
  };
  return { found, lacksMemory: here.submission?.memoryBytes === undefined };
}

async function tryServer(options: ValidateOptions) {
  let connection: Connection | undefined;
  try {
    connection = await connect(options);
    const limits = await connection.client.submissions.limits();
    return { connection, limits, [Symbol.asyncDispose]: async () => await connection?.[Symbol.asyncDispose]() };
  } catch (error) {
    await connection?.[Symbol.asyncDispose]();
    const why = error instanceof Failure ? error.message : (error as Error).message;
    options.say(`Checked without a server's limits (GPUs, memory, users): ${why}`);
    return undefined;
  }
}

/** What would be sent of a folder. */
async function inFolder(
  folder: string,
  limits: ArchiveLimits | undefined,
  options: ValidateOptions,
): Promise<Findings> {
  await using packed = await packFolder(folder);
  for (const left of packed.leftOut) options.say(`left out: ${left}`);
  const name = `${path.basename(path.resolve(folder))}.zip`;
  return await inArchive(packed.file, name, packed.bytes, limits, options);
}

async function inFile(
  file: string,
  bytes: number,
  limits: ArchiveLimits | undefined,
  options: ValidateOptions,
): Promise<Findings> {
  const name = options.name ?? path.basename(file);
  if (!name.toLowerCase().endsWith('.json')) return await inArchive(file, name, bytes, limits, options);
  const content = await readFile(file);
  return { ...readConfig(content), config: { file: CONFIG_FILE, content } };
}

function readConfig(content: Uint8Array): Findings {
  const parsed = parseSubmission(content, { requireUser: false, file: CONFIG_FILE });
  if (!parsed.ok) return { problems: parsed.problems, notes: [] };
  return { problems: [], notes: parsed.notes, submission: parsed.submission };
}

async function inArchive(
  file: string,
  name: string,
  bytes: number,
  known: ArchiveLimits | undefined,
  { signal }: ValidateOptions,
): Promise<Findings> {
  const { importChecks } = await importServer('look into archives');
  const { checkSubmission, defaultLimits } = await importChecks();
  const limits = known ?? defaultLimits();
  const suffixes = [...limits.build_suffixes, ...limits.load_suffixes].map((suffix) => `.${suffix}`);
  if (!suffixes.some((suffix) => name.toLowerCase().endsWith(suffix))) {
    return refused(
      name,
      `ends in ${suffixes.join(' or ')}`,
      'has another ending',
      'Zip the folder, or name the folder.',
    );
  }
  if (bytes > limits.max_upload_bytes) {
    const fix = 'Leave data out of it, or ask the administrator to raise "[fetcher] max.upload".';
    return refused(name, `at most ${limits.max_upload_bytes} bytes`, `is ${bytes} bytes large`, fix);
  }
  const checked = await checkSubmission(file, { file: name, limits, rules: { requireUser: false }, signal });
  const config = checked.config && { config: checked.config };
  if (!checked.ok) return { problems: checked.problems, notes: [], ...config };
  return { problems: [], notes: checked.notes, submission: checked.submission, ...config };
}

function refused(file: string, rule: string, message: string, fix: string): Findings {
  return { problems: [{ file, field: '', rule, message, fix }], notes: [] };
}

async function judge(
  { client }: Connection,
  { file, content }: { file: string; content: Uint8Array },
  { user }: ValidateOptions,
): Promise<JudgementNow> {
  // More than may be is not sent whole: the answer is the same.
  const config = Buffer.from(content.subarray(0, 280_000)).toString('base64');
  return await client.submissions.judge({ config, file, ...(user !== undefined && { user }) });
}

/** The server says more of the configuration than we can; only we have seen the rest of the archive. */
function combine(here: Findings, judgement: JudgementNow): Pick<Validation, 'problems' | 'notes'> {
  const aboutTheRest = here.problems.filter(({ file }) => file !== here.config?.file);
  return {
    problems: [...judgement.problems, ...aboutTheRest],
    notes: [...new Set([...judgement.notes, ...here.notes])],
  };
}

function asksOf(submission: Submission | undefined, user: string | undefined): Asks | null {
  if (!submission) return null;
  const { timeLimitMs } = submission;
  return {
    name: submission.name,
    user: user ?? submission.user ?? null,
    num_gpus: submission.numGpus,
    num_slots: submission.numSlots,
    memory_bytes: submission.memoryBytes ?? null,
    cpus: submission.cpus ?? null,
    time_limit_seconds: timeLimitMs === undefined ? null : timeLimitMs / 1000,
  };
}
