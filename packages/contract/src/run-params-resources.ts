// Readers of what the container may use: memory, processors, processes, disk.
import { showValue } from './problem.ts';
import { type Ask, isObject, type Read } from './run-params-ask.ts';
import { isTextList, isWhole } from './run-params-text.ts';
import type { RunOptions } from './run-options.ts';
import { formatSize, parseSize } from './units.ts';

/** Docker refuses less. */
export const SMALLEST_MEMORY_BYTES: number = 6 * 1024 ** 2;

type NumberOption = { [K in keyof RunOptions]-?: number extends RunOptions[K] ? K : never }[keyof RunOptions];

/** A reader of a whole number in a range. */
export function whole(key: NumberOption, min: number, max: number): Read {
  return ({ value, refuse }) => (isWhole(value, min, max) ? { [key]: value + 0 } : refuse());
}

/** A reader of a size (bytes, or text with a unit) that has to fit into the job's memory. */
export function size(key: NumberOption, minBytes = 1): Read {
  return (ask) => {
    const bytes = parseSize(ask.value, 'b');
    if (bytes === undefined || bytes < minBytes || bytes > Number.MAX_SAFE_INTEGER) return ask.refuse();
    return { [key]: bytes };
  };
}

const MOST_PIDS = 32_768;

export const pidsLimit: Read = ({ value, limits, refuse }) => {
  const most = Math.min(limits.maxPids ?? MOST_PIDS, MOST_PIDS);
  if (isWhole(value, 1, most)) return { pidsLimit: value };
  return refuse(`is ${showValue(value)}`, { rule: `a whole number from 1 to ${most}` });
};

const NANO = 1_000_000_000;
const NO_MACHINE_HAS_MORE_CPUS = 1024;

export const nanoCpus: Read = ({ value, limits, refuse }) => {
  const most = limits.cpus ?? limits.maxCpus ?? NO_MACHINE_HAS_MORE_CPUS;
  if (isWhole(value, NANO / 100, most * NANO)) return { cpus: value / NANO };
  return refuse(`is ${showValue(value)}`, { rule: `billionths of a CPU, from 10000000 to ${most * NANO}` });
};

/** A reader of a set of numbers as in `0-3,8`. */
function numberSet(key: 'cpusetCpus' | 'cpusetMems', count: (ask: Ask) => number): Read {
  return (ask) => {
    const text = ask.value;
    if (typeof text !== 'string' || text.length > 1000) return ask.refuse();
    const ranges = text.split(',').map((part) => /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part));
    const right = ranges.every((range) => {
      const [from, to] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
      return from <= to && to < count(ask);
    });
    return right ? { [key]: text } : ask.refuse();
  };
}

export const cpusetCpus: Read = numberSet('cpusetCpus', ({ limits }) => limits.maxCpus ?? NO_MACHINE_HAS_MORE_CPUS);
export const cpusetMems: Read = numberSet('cpusetMems', () => 64);

const ULIMITS: Record<string, { max: number; unlimited: boolean }> = {
  nofile: { max: 1_048_576, unlimited: false },
  core: { max: Number.MAX_SAFE_INTEGER, unlimited: true },
  stack: { max: Number.MAX_SAFE_INTEGER, unlimited: true },
  memlock: { max: Number.MAX_SAFE_INTEGER, unlimited: true },
};

export const ulimits: Read = (ask) => {
  if (!Array.isArray(ask.value)) return ask.refuse();
  const found = new Map<string, { name: string; soft: number; hard: number }>();
  for (const [i, item] of ask.value.entries()) {
    const limit = ulimit(item);
    if (limit === undefined) return ask.refuse(`is ${showValue(item)}`, { at: i });
    if (found.has(limit.name)) return ask.refuse(`names ${limit.name} twice`, { at: i });
    found.set(limit.name, limit);
  }
  return found.size === 0 ? {} : { ulimits: [...found.values()] };
};

/** docker-py's Ulimit becomes `{"Name", "Soft", "Hard"}` in JSON; its arguments are lower case. Both are read. */
function ulimit(item: unknown): { name: string; soft: number; hard: number } | undefined {
  if (!isObject(item)) return undefined;
  const given = new Map(Object.entries(item).map(([key, value]) => [key.toLowerCase(), value]));
  if (given.size !== Object.keys(item).length) return undefined;
  if ([...given.keys()].some((key) => !['name', 'soft', 'hard'].includes(key))) return undefined;
  const name = given.get('name');
  const bound = typeof name === 'string' && Object.hasOwn(ULIMITS, name) ? ULIMITS[name] : undefined;
  if (typeof name !== 'string' || bound === undefined) return undefined;
  const soft = given.get('soft') ?? given.get('hard');
  const hard = given.get('hard') ?? soft;
  const min = bound.unlimited ? -1 : 0;
  if (!isWhole(soft, min, bound.max) || !isWhole(hard, min, bound.max)) return undefined;
  const order = (limit: number) => (limit === -1 ? Infinity : limit);
  return order(soft) <= order(hard) ? { name, soft: soft + 0, hard: hard + 0 } : undefined;
}

export const tmpfs: Read = (ask) => {
  const entries = isObject(ask.value) ? Object.entries(ask.value) : listed(ask.value);
  if (entries === undefined) return ask.refuse();
  const found = new Map<string, string>();
  for (const [path, options] of entries) {
    const target = tmpfsTarget(path);
    const right = target === undefined ? undefined : tmpfsOptions(options ?? '');
    if (target === undefined) {
      return ask.refuse(`${showValue(path)} cannot be a tmpfs`, {
        rule: 'an absolute path without "..", not below /dev, /proc or /sys',
      });
    }
    if (right === undefined) return ask.refuse(`is ${showValue(options)}`, { at: path });
    if (found.has(target)) return ask.refuse(`names ${showValue(target)} twice`);
    found.set(target, right);
  }
  return found.size === 0 ? {} : { tmpfs: Object.fromEntries(found) };
};

function listed(value: unknown): [string, string][] | undefined {
  if (!isTextList(value)) return undefined;
  return value.map((item) => {
    const at = item.indexOf(':');
    return at < 0 ? [item, ''] : [item.slice(0, at), item.slice(at + 1)];
  });
}

function tmpfsTarget(path: string): string | undefined {
  const target = path.replace(/\/$/, '');
  if (target.length > 1000 || !/^(\/[\w.@+ -]+)+$/.test(target)) return undefined;
  if (target.split('/').some((part) => part === '.' || part === '..')) return undefined;
  return /^\/(dev|proc|sys)(\/|$)/.test(target) ? undefined : target;
}

function tmpfsOptions(options: unknown): string | undefined {
  if (typeof options !== 'string') return undefined;
  const parts = options.split(',').filter((part) => part !== '');
  const read = parts.map(tmpfsOption);
  const names = new Set(parts.map((part) => part.split('=')[0]));
  return read.includes(undefined) || names.size !== parts.length ? undefined : read.join(',');
}

function tmpfsOption(part: string): string | undefined {
  const [, name, value] = /^([a-z]+)(?:=(.*))?$/.exec(part) ?? [];
  if (name === 'size') {
    const bytes = parseSize(value, 'b');
    return bytes === undefined || bytes < 4096 || bytes > Number.MAX_SAFE_INTEGER ? undefined : `size=${bytes}`;
  }
  if (name === 'mode') return /^[01]?[0-7]{3}$/.test(value ?? '') ? part : undefined;
  if (name === 'uid' || name === 'gid') return /^\d{1,9}$/.test(value ?? '') ? part : undefined;
  return (name === 'noexec' || name === 'nosuid') && value === undefined ? part : undefined;
}

export const storageOpt: Read = ({ value, refuse }) => {
  if (!isObject(value) || Object.keys(value).length !== 1) return refuse();
  const bytes = parseSize(value['size'], 'b');
  if (bytes === undefined || bytes <= 0 || bytes > Number.MAX_SAFE_INTEGER) return refuse();
  return { storageBytes: bytes };
};

/** What contradicts itself across keys: the engine takes CPUs either as a number or as quota and period. */
export function checkTogether(options: RunOptions, ask: (key: 'cpu_quota' | 'cpu_period') => Ask): void {
  const { limits } = ask('cpu_quota');
  const counted = options.cpus !== undefined || limits.cpus !== undefined;
  if (options.cpuQuotaUs !== undefined && counted) ask('cpu_quota').refuse('says again what "cpus" or nano_cpus says');
  if (options.cpuPeriodUs !== undefined && options.cpuQuotaUs === undefined) {
    ask('cpu_period').refuse('means nothing without cpu_quota', { fix: '"cpu_quota": 200000' });
  }
  const most = limits.maxCpus ?? NO_MACHINE_HAS_MORE_CPUS;
  if (options.cpuQuotaUs !== undefined && quotaCpus(options)! > most) {
    ask('cpu_quota').refuse(`is ${quotaCpus(options)} CPUs`, { rule: `at most ${most} CPUs` });
  }
}

const DEFAULT_PERIOD_US = 100_000;

/** CPUs that a quota amounts to; undefined without one. */
export function quotaCpus({ cpuQuotaUs, cpuPeriodUs }: RunOptions): number | undefined {
  return cpuQuotaUs === undefined ? undefined : cpuQuotaUs / (cpuPeriodUs ?? DEFAULT_PERIOD_US);
}

/** The equal value of an owned size is accepted: it has to say the same as the memory of the job. */
export function sameMemory({ value, limits, refuse }: Ask): boolean {
  const { memoryBytes } = limits;
  if (memoryBytes !== undefined && parseSize(value, 'b') === memoryBytes) return true;
  const own = memoryBytes === undefined ? 'which is not given' : `which is ${formatSize(memoryBytes)}`;
  refuse(`is ${showValue(value)}, and only required_memory counts, ${own}`);
  return false;
}
