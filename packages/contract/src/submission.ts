// container_config.json: what a user's file says, read strictly into a Submission or into problems that say how to mend it.
import { didYouMean } from './did-you-mean.ts';
import { parseJson } from './json-position.ts';
import { fieldPath, type Problem, showValue } from './problem.ts';
import { isObject } from './run-params-ask.ts';
import { quotaCpus } from './run-params-resources.ts';
import { parseRunParams } from './run-params.ts';
import type { RunOptions } from './run-options.ts';
import { EXAMPLE_SUBMISSION, SUBMISSION_FIELDS, type SubmissionKey } from './submission-fields.ts';
import {
  Fields,
  readAfter,
  readBuildFlag,
  readCount,
  readCpus,
  readGpuMemory,
  readGpuModels,
  readGpus,
  readHold,
  readImage,
  readMemory,
  readMaxParallel,
  readMinGpuMemory,
  readName,
  readNotBefore,
  readRetries,
  readRetryOn,
  readSlots,
  readTimeLimit,
  readUser,
  readWarnBefore,
  readWarnSignal,
} from './submission-values.ts';
import { formatSize } from './units.ts';
import type { WarnSignal } from './submission-values.ts';
import type { RetryCause } from './job.ts';

/** A submission as everything after the intake knows it. */
export interface Submission {
  /** Data to show, never a path or a container's name. */
  name: string;
  /** `executor_name`; undefined if the file leaves it to the inbox. */
  user?: string;
  /** Undefined = the server decides. */
  memoryBytes?: number;
  numGpus: number;
  /** Slots on each of its GPUs. */
  numSlots: number;
  /** Undefined = no limit of its own. */
  cpus?: number;
  timeLimitMs?: number;
  /** Any of these; undefined = any model. */
  gpuModels?: string[];
  /** Of each of its GPUs. */
  minGpuMemoryBytes?: number;
  /** What it takes of each of its GPUs; undefined = its slots' part of the memory. */
  gpuMemoryBytes?: number;
  /** So long before the time limit it is told. */
  warnBeforeMs?: number;
  /** Sent with the notice. */
  warnSignal?: WarnSignal;
  /** Jobs that have to end first, as the file names them: numbers, or names of jobs of the same user. */
  afterOk?: (number | string)[];
  afterAny?: (number | string)[];
  /** An array of so many jobs; undefined = a single one. */
  count?: number;
  maxParallel?: number;
  /** How many times it may be started again, and for what. */
  retries?: number;
  retryOn?: RetryCause[];
  /** Waits for a person once it is built. */
  hold?: boolean;
  notBeforeAt?: number;
  /** Build the Dockerfile; else use `image`, or the tar in the zip if there is none. */
  build: boolean;
  image?: string;
  runOptions: RunOptions;
}

/** What the reader has to know of the server. Bounds that are not given are not checked. */
export interface SubmissionOptions {
  /** Name of the file for problems; default `container_config.json`. */
  file?: string;
  /** Memory of a job that names none; undefined leaves it to the server. */
  defaultMemoryBytes?: number;
  /** GPUs of a job that names no number; default 1. */
  defaultGpus?: number;
  /** False where the inbox says whose job it is; default true. */
  requireUser?: boolean;
  /** `max.gpu.assignment`: slots of one GPU. */
  maxSlots?: number;
  /** GPUs, memory and CPUs of the largest machine, or less where the configuration caps a job. */
  maxGpus?: number;
  maxMemoryBytes?: number;
  maxCpus?: number;
  /** `[docker] pids.limit`: processes and threads of one job. */
  maxPids?: number;
  /** Platform of the machines, for example `linux/amd64`. */
  platform?: string;
  /** Refused keys of run_params that the configuration opens. */
  openedRunParams?: readonly string[];
  /** Fields that are to be others than the file says: a retry with changes. */
  changes?: Readonly<Record<string, unknown>>;
}

export type SubmissionResult =
  | { ok: true; submission: Submission; notes: string[] }
  | { ok: false; problems: Problem[] };

const MOST_BYTES = 256 * 1024;
const MOST_PROBLEMS = 50;
const MOST_KEYS = 100;
const DEFAULT_FILE = 'container_config.json';

/**
 * Reads container_config.json. Never throws, whatever stands in it. `null` means "not given", as Python's None.
 * @param content the file, at best as bytes: then its encoding is checked, and UTF-16 with a byte order mark is read too
 */
export function parseSubmission(content: string | Uint8Array, options: SubmissionOptions = {}): SubmissionResult {
  const file = options.file ?? DEFAULT_FILE;
  const text = readText(content);
  if (typeof text !== 'string') return { ok: false, problems: [{ file, field: '', ...text }] };
  const json = parseJson(text);
  if (!json.ok) {
    const { message, line, column } = json;
    const fix = `${json.fix} A valid file:\n${EXAMPLE_SUBMISSION}`;
    return { ok: false, problems: [{ file, field: '', rule: 'JSON', message, fix, line, column }] };
  }
  const fields = new Fields(file);
  const value = options.changes && isObject(json.value) ? { ...json.value, ...options.changes } : json.value;
  const submission = readSubmission(value, options, fields);
  if (submission !== undefined && fields.problems.length === 0) return { ok: true, submission, notes: fields.notes };
  const placed = fields.problems.map((problem) => ({ ...problem, ...json.at(problem.field) }));
  placed.sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems: placed.slice(0, MOST_PROBLEMS) };
}

/** The file as text, or what is wrong with its bytes. */
function readText(content: string | Uint8Array): string | { rule: string; message: string; fix: string } {
  const size = typeof content === 'string' ? content.length : content.byteLength;
  if (size > MOST_BYTES) {
    const message = `is ${formatSize(size)} large`;
    return { rule: `at most ${formatSize(MOST_BYTES)}`, message, fix: `A valid file:\n${EXAMPLE_SUBMISSION}` };
  }
  if (typeof content === 'string') return content;
  const encoding = content[0] === 0xff && content[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(content);
  } catch {
    return { rule: 'text in UTF-8', message: 'is not UTF-8', fix: 'Save it with the encoding UTF-8.' };
  }
}

function readSubmission(value: unknown, options: SubmissionOptions, fields: Fields): Submission | undefined {
  const given = readObject(value, fields);
  if (given === undefined) return undefined;
  const name = readName(given('name'), fields);
  const user = readUser(given('executor_name'), options, fields);
  const memoryBytes = readMemory(given('required_memory'), options, fields);
  const numGpus = readGpus(given('num_gpus'), options, fields);
  const numSlots = readSlots(given('num_slots'), options, fields);
  const cpus = readCpus(given('cpus'), options, fields);
  const timeLimitMs = readTimeLimit(given('time_limit'), fields);
  const gpuModels = readGpuModels(given('gpu_model'), numGpus, fields);
  const minGpuMemoryBytes = readMinGpuMemory(given('min_gpu_memory'), numGpus, fields);
  const gpuMemoryBytes = readGpuMemory(given('gpu_memory'), numGpus, fields);
  const warnBeforeMs = readWarnBefore(given('warn_before'), fields);
  const warnSignal = readWarnSignal(given('warn_signal'), fields);
  const afterOk = readAfter('after_ok', given('after_ok'), fields);
  const afterAny = readAfter('after_any', given('after_any'), fields);
  const count = readCount(given('count'), fields);
  const maxParallel = readMaxParallel(given('max_parallel'), given('count') !== undefined, fields);
  const retries = readRetries(given('retries'), fields);
  const retryOn = readRetryOn(given('retry_on'), retries, fields);
  const notBeforeAt = readNotBefore(given('not_before'), fields);
  const hold = readHold(given('hold'), fields);
  const build = readBuildFlag(given('build_flag'), fields);
  const image = readImage(given('image'), build, fields);
  const { maxCpus, maxPids, platform, openedRunParams: opened } = options;
  const limits = { file: fields.file, memoryBytes, cpus, maxCpus, maxPids, name, image, platform, opened };
  const run = parseRunParams(given('run_params'), limits);
  fields.problems.push(...run.problems);
  fields.notes.push(...run.notes);
  return withoutUndefined({
    name: name ?? '',
    user,
    memoryBytes,
    numGpus,
    numSlots,
    cpus: cpus ?? run.options.cpus ?? quotaCpus(run.options),
    timeLimitMs,
    gpuModels,
    minGpuMemoryBytes,
    gpuMemoryBytes,
    warnBeforeMs,
    warnSignal,
    afterOk,
    afterAny,
    count,
    maxParallel,
    retries,
    retryOn,
    notBeforeAt,
    hold,
    build,
    image,
    runOptions: run.options,
  });
}

/** The fields by key, null as undefined; unknown keys become problems. */
function readObject(value: unknown, fields: Fields): ((key: SubmissionKey) => unknown) | undefined {
  const { file } = fields;
  if (!isObject(value)) {
    const fix = `A valid file:\n${EXAMPLE_SUBMISSION}`;
    fields.problems.push({ file, field: '', rule: 'an object, {...}', message: `is ${showValue(value)}`, fix });
    return undefined;
  }
  const keys = SUBMISSION_FIELDS.map((field): string => field.key);
  const unknown = Object.keys(value).filter((key) => !keys.includes(key));
  const rule = `one of ${keys.join(', ')}`;
  for (const key of unknown.slice(0, MOST_KEYS)) {
    const near = didYouMean(key, keys);
    const fix = near === undefined ? 'Leave it out.' : `Did you mean "${near}"?`;
    fields.problems.push({ file, field: fieldPath('', key), rule, message: 'is not known', fix });
  }
  return (key) => (Object.hasOwn(value, key) ? (value[key] ?? undefined) : undefined);
}

type Optional<T> = { [K in keyof T]: T[K] | undefined };

function withoutUndefined(submission: Optional<Required<Submission>>): Submission {
  return Object.fromEntries(
    Object.entries(submission).filter(([, value]) => value !== undefined),
  ) as unknown as Submission;
}
