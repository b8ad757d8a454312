// `-f key=value`, as docker has it: the same key again means "or", another key means "and".
import type { Job } from '@dopq/contract';
import { JOB_STATES, OUTCOMES, STATE_CODES } from '@dopq/contract/job-states';
import { InvalidArgumentError } from 'commander';

const KEYS = ['state', 'outcome', 'user', 'name', 'source', 'gpu'] as const;
type Key = (typeof KEYS)[number];

export interface JobFilter {
  key: Key;
  value: string;
}

export const FILTER_HELP = `only jobs with key=value; keys: ${KEYS.join(', ')}. Again: the same key adds, another narrows`;

/** For commander: adds one filter to those before it. */
export function addFilter(text: string, earlier: JobFilter[] = []): JobFilter[] {
  const at = text.indexOf('=');
  const key = KEYS.find((known) => known === text.slice(0, at));
  if (key === undefined) throw new InvalidArgumentError(`"${text}" is none of ${KEYS.join('=…, ')}=….`);
  return [...earlier, { key, value: checkedValue(key, text.slice(at + 1)) }];
}

/** States and outcomes also by their two letters: PD, R, F. */
function checkedValue(key: Key, value: string): string {
  const known: readonly string[] | undefined =
    key === 'state' ? JOB_STATES : key === 'outcome' ? OUTCOMES : key === 'source' ? ['share', 'upload'] : undefined;
  if (known === undefined || known.includes(value)) return value;
  const byCode = known.find((word) => Object.hasOwn(STATE_CODES, word) && codeOf(word) === value.toUpperCase());
  if (byCode !== undefined) return byCode;
  throw new InvalidArgumentError(`"${value}" is no ${key}; there are ${known.join(', ')}.`);
}

const codeOf = (word: string): string => STATE_CODES[word as keyof typeof STATE_CODES];

export function passesFilters(job: Job, filters: readonly JobFilter[]): boolean {
  return KEYS.every((key) => {
    const wanted = filters.filter((filter) => filter.key === key);
    return wanted.length === 0 || wanted.some(({ value }) => has(job, key, value));
  });
}

function has(job: Job, key: Key, value: string): boolean {
  if (key === 'gpu') return job.gpus.some((uuid) => uuid.startsWith(value));
  return job[key] === value;
}
