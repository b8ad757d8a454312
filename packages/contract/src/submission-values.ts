// Readers of the fields of container_config.json, one each: the value, or a problem and undefined.
import { RETRY_OUTCOMES, type RetryCause } from './job.ts';
import { type Problem, showValue } from './problem.ts';
import { SMALLEST_MEMORY_BYTES } from './run-params-resources.ts';
import { SUBMISSION_FIELDS, type SubmissionKey } from './submission-fields.ts';
import type { SubmissionOptions } from './submission.ts';
import { formatSize, parseDuration, parseSize } from './units.ts';
import { UserName } from './user.ts';

/** Collects problems and notes; knows the rule and the example of each field. */
export class Fields {
  readonly problems: Problem[] = [];
  readonly notes: string[] = [];
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  refuse(key: SubmissionKey, message: string, changes: { rule?: string; fix?: string } = {}): undefined {
    const { rule, example } = SUBMISSION_FIELDS.find((field) => field.key === key)!;
    this.problems.push({ file: this.file, field: key, rule, message, fix: `"${key}": ${example}`, ...changes });
    return undefined;
  }
}

// A name is shown in terminals and pages: no control characters, line breaks or marks that turn the direction.
const UNSHOWABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

export function readName(value: unknown, fields: Fields): string | undefined {
  if (value === undefined) return fields.refuse('name', 'is missing');
  if (typeof value !== 'string') return fields.refuse('name', `is ${showValue(value)}`);
  const name = value.trim();
  const length = Array.from(name).length;
  if (length < 3 || length > 128) return fields.refuse('name', `is ${showValue(value)}, ${length} characters`);
  if (UNSHOWABLE.test(name))
    return fields.refuse('name', `is ${showValue(value)}, which has characters that do not show`);
  return name;
}

export function readUser(value: unknown, options: SubmissionOptions, fields: Fields): string | undefined {
  if (value === undefined) {
    return options.requireUser === false ? undefined : fields.refuse('executor_name', 'is missing');
  }
  const name = UserName.safeParse(value);
  return name.success ? name.data : fields.refuse('executor_name', `is ${showValue(value)}`);
}

export function readMemory(value: unknown, options: SubmissionOptions, fields: Fields): number | undefined {
  if (value === undefined) return options.defaultMemoryBytes;
  const bytes = parseSize(value, 'g');
  if (bytes === undefined) return fields.refuse('required_memory', `is ${showValue(value)}`);
  if (bytes < SMALLEST_MEMORY_BYTES) {
    return fields.refuse('required_memory', `is ${showValue(value)}, too little to start anything`);
  }
  const { maxMemoryBytes } = options;
  if (maxMemoryBytes !== undefined && bytes > maxMemoryBytes) {
    return fields.refuse(
      'required_memory',
      `is ${showValue(value)}; a job here can have ${formatSize(maxMemoryBytes)}`,
      {
        fix: `"required_memory": "${formatSize(Math.floor(maxMemoryBytes / MIB) * MIB)}"`,
      },
    );
  }
  if (bytes > NO_MACHINE_HAS_MORE_BYTES) {
    const meant = isBare(value) ? `; a number without a unit counts GB` : '';
    return fields.refuse('required_memory', `is ${showValue(value)}, more than any machine has${meant}`);
  }
  return bytes;
}

const MIB = 1024 ** 2;
const NO_MACHINE_HAS_MORE_BYTES = 1024 ** 5;

function isBare(value: unknown): boolean {
  return typeof value === 'number' || /\d\s*$/.test(String(value));
}

const NO_MACHINE_HAS_MORE = 1024;

export function readGpus(value: unknown, options: SubmissionOptions, fields: Fields): number {
  const most = options.maxGpus ?? NO_MACHINE_HAS_MORE;
  const gpus = readWhole('num_gpus', value, options.defaultGpus ?? 1, 0, fields);
  if (gpus <= most) return gpus;
  const said = value === undefined ? `is not given, so ${gpus}` : `is ${showValue(value)}`;
  const have = most === 0 ? 'there is no GPU here' : `the largest machine here has ${most}`;
  fields.refuse('num_gpus', `${said}; ${have}`, { fix: `"num_gpus": ${most}` });
  return gpus;
}

export function readSlots(value: unknown, options: SubmissionOptions, fields: Fields): number {
  const most = options.maxSlots ?? NO_MACHINE_HAS_MORE;
  const slots = readWhole('num_slots', value, 1, 1, fields);
  if (slots > most) {
    fields.refuse('num_slots', `is ${showValue(value)}; a GPU has ${most} here`, { fix: `"num_slots": ${most}` });
  }
  return slots;
}

function readWhole(
  key: 'num_gpus' | 'num_slots' | 'count' | 'max_parallel' | 'retries',
  value: unknown,
  fallback: number,
  min: number,
  fields: Fields,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value + 0;
  const inQuotes = typeof value === 'string' && /^\d+$/.test(value.trim());
  fields.refuse(key, `is ${showValue(value)}`, inQuotes ? { fix: `"${key}": ${Number(value)} (without quotes)` } : {});
  return fallback;
}

export function readCpus(value: unknown, options: SubmissionOptions, fields: Fields): number | undefined {
  if (value === undefined) return undefined;
  const most = options.maxCpus ?? NO_MACHINE_HAS_MORE;
  if (typeof value !== 'number' || value < 0.01) return fields.refuse('cpus', `is ${showValue(value)}`);
  if (value <= most) return value;
  return fields.refuse('cpus', `is ${showValue(value)}; the largest machine here has ${most}`, {
    fix: `"cpus": ${most}`,
  });
}

const LONGEST_MS = 366 * 86_400_000;

export function readTimeLimit(value: unknown, fields: Fields): number | undefined {
  if (value === undefined) return undefined;
  const ms = parseDuration(value);
  if (ms !== undefined && ms >= 1000 && ms <= LONGEST_MS) return ms;
  const [, hours, minutes] = /^(\d{1,4}):(\d{2})$/.exec(typeof value === 'string' ? value : '') ?? [];
  return fields.refuse(
    'time_limit',
    `is ${showValue(value)}${hours === undefined ? '' : ', which could be hours or minutes'}`,
    hours === undefined ? {} : { fix: `"time_limit": "${hours}h${minutes}m" or "time_limit": "${hours}m${minutes}s"` },
  );
}

const MOST_MODELS = 16;

export function readGpuModels(value: unknown, numGpus: number, fields: Fields): string[] | undefined {
  if (value === undefined) return undefined;
  const models: unknown[] = Array.isArray(value) ? value : [value];
  const isModel = (model: unknown): model is string =>
    typeof model === 'string' && /[\p{L}\p{N}]/u.test(model) && model.length <= 64 && !UNSHOWABLE.test(model);
  if (models.length === 0 || models.length > MOST_MODELS || !models.every(isModel)) {
    return fields.refuse('gpu_model', `is ${showValue(value)}`);
  }
  return numGpus > 0 ? models.map((model) => model.trim()) : withoutGpu('gpu_model', value, fields);
}

export function readMinGpuMemory(value: unknown, numGpus: number, fields: Fields): number | undefined {
  if (value === undefined) return undefined;
  const bytes = parseSize(value, 'g');
  if (bytes === undefined || bytes > NO_MACHINE_HAS_MORE_BYTES) {
    return fields.refuse('min_gpu_memory', `is ${showValue(value)}`);
  }
  return numGpus > 0 ? bytes : withoutGpu('min_gpu_memory', value, fields);
}

export function readGpuMemory(value: unknown, numGpus: number, fields: Fields): number | undefined {
  if (value === undefined) return undefined;
  const bytes = parseSize(value, 'g');
  if (bytes === undefined || bytes < 1 || bytes > NO_MACHINE_HAS_MORE_BYTES) {
    return fields.refuse('gpu_memory', `is ${showValue(value)}`);
  }
  return numGpus > 0 ? bytes : withoutGpu('gpu_memory', value, fields);
}

function withoutGpu(key: 'gpu_model' | 'min_gpu_memory' | 'gpu_memory', value: unknown, fields: Fields): undefined {
  return fields.refuse(key, `is ${showValue(value)}, but the job asks for no GPU`, {
    fix: `Remove "${key}", or ask for a GPU: "num_gpus": 1`,
  });
}

const DATE_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?$/i;

export function readNotBefore(value: unknown, fields: Fields): number | undefined {
  if (value === undefined) return undefined;
  const at = typeof value === 'string' && DATE_TIME.test(value) ? Date.parse(value.replace(' ', 'T')) : Number.NaN;
  return Number.isNaN(at) ? fields.refuse('not_before', `is ${showValue(value)}`) : at;
}

export function readWarnBefore(value: unknown, fields: Fields): number | undefined {
  if (value === undefined) return undefined;
  const ms = parseDuration(value);
  return ms !== undefined && ms >= 1000 && ms <= LONGEST_MS
    ? ms
    : fields.refuse('warn_before', `is ${showValue(value)}`);
}

/** Signals that a program may catch and that mean nothing else here: TERM and KILL are how a job is ended. */
const WARN_SIGNALS = ['HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'CONT', 'WINCH'] as const;
export type WarnSignal = (typeof WARN_SIGNALS)[number];

export function readWarnSignal(value: unknown, fields: Fields): WarnSignal | undefined {
  if (value === undefined) return undefined;
  const name = typeof value === 'string' ? value.trim().toUpperCase().replace(/^SIG/, '') : '';
  return WARN_SIGNALS.find((signal) => signal === name) ?? fields.refuse('warn_signal', `is ${showValue(value)}`);
}

const MOST_DEPENDENCIES = 100;

export function readAfter(
  key: 'after_ok' | 'after_any',
  value: unknown,
  fields: Fields,
): (number | string)[] | undefined {
  if (value === undefined) return undefined;
  const named: unknown[] = Array.isArray(value) ? value : [value];
  if (named.length === 0) return undefined;
  if (named.length > MOST_DEPENDENCIES)
    return fields.refuse(key, `names ${named.length} jobs, more than ${MOST_DEPENDENCIES}`);
  const jobs = named.map(jobReference);
  const wrong = jobs.indexOf(undefined);
  if (wrong >= 0) return fields.refuse(key, `has ${showValue(named[wrong])}, which is no job number and no name`);
  return [...new Set(jobs as (number | string)[])];
}

/** `12`, `"12"` and `"#12"` are numbers; other text is a name. */
function jobReference(value: unknown): number | string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const [, digits] = /^#?(\d{1,15})$/.exec(value.trim()) ?? [];
  if (digits !== undefined) return Number(digits) > 0 ? Number(digits) : undefined;
  const name = value.trim();
  return name.length >= 3 && name.length <= 128 && !UNSHOWABLE.test(name) ? name : undefined;
}

const LARGEST_ARRAY = 1000;

export function readCount(value: unknown, fields: Fields): number | undefined {
  return value === undefined ? undefined : readWhole('count', value, 1, 1, fields, LARGEST_ARRAY);
}

export function readMaxParallel(value: unknown, isArray: boolean, fields: Fields): number | undefined {
  if (value === undefined) return undefined;
  if (isArray) return readWhole('max_parallel', value, 1, 1, fields);
  return fields.refuse('max_parallel', `is ${showValue(value)}, but there is no "count"`, {
    fix: 'Remove "max_parallel", or make it an array: "count": 20',
  });
}

const MOST_RETRIES = 20;

export function readRetries(value: unknown, fields: Fields): number | undefined {
  return value === undefined ? undefined : readWhole('retries', value, 0, 0, fields, MOST_RETRIES) || undefined;
}

export function readRetryOn(value: unknown, retries: number | undefined, fields: Fields): RetryCause[] | undefined {
  if (value === undefined) return retries === undefined ? undefined : ['failed', 'interrupted', 'lost'];
  const named: unknown[] = Array.isArray(value) ? value : [value];
  const causes = named.map((one) =>
    typeof one === 'number' && Number.isInteger(one) && one >= 1 && one <= 255
      ? one
      : RETRY_OUTCOMES.find((outcome) => outcome === one),
  );
  const wrong = causes.indexOf(undefined);
  if (wrong >= 0) return fields.refuse('retry_on', `has ${showValue(named[wrong])}`);
  if (causes.length === 0) return fields.refuse('retry_on', 'is empty');
  if (retries !== undefined) return causes as RetryCause[];
  return fields.refuse('retry_on', `is ${showValue(value)}, but there is no "retries"`, { fix: '"retries": 2' });
}

/** Undefined for false: then nothing has to be remembered. */
export function readHold(value: unknown, fields: Fields): true | undefined {
  if (value === undefined || value === false) return undefined;
  return value === true ? true : fields.refuse('hold', `is ${showValue(value)}`);
}

export function readBuildFlag(value: unknown, fields: Fields): boolean {
  if (value === undefined) return true;
  if (typeof value !== 'boolean') fields.refuse('build_flag', `is ${showValue(value)}`);
  return value !== false;
}

// The grammar of image names (registry/path:tag@digest) in its bounded form; the engine has the last word.
const IMAGE =
  /^(?=.{1,255}$)(?:[a-z0-9][a-z0-9.-]*(?::\d{1,5})?\/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[\w][\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

export function readImage(value: unknown, build: boolean, fields: Fields): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !IMAGE.test(value)) return fields.refuse('image', `is ${showValue(value)}`);
  if (build) {
    return fields.refuse('image', `is ${showValue(value)}, but the Dockerfile is to be built`, {
      fix: `Remove "image", or add "build_flag": false`,
    });
  }
  return value;
}
