// Readers of what runs: command, environment, labels, names, health check.
import { type Ask, isObject, kindOf, type Read } from './run-params-ask.ts';
import { showValue } from './problem.ts';
import type { Healthcheck, RunOptions } from './run-options.ts';
import { splitWords } from './shell-words.ts';

const MAX_TEXT = 65_536;
const MAX_LABELS = 64;
const NS_PER_MS = 1_000_000;
const DAY_MS = 86_400_000;

/** A command: a list of words, or text that is split as a shell does. Empty = the image's own. */
export function words(key: 'command' | 'entrypoint'): Read {
  return (ask) => {
    const list = typeof ask.value === 'string' ? splitWords(ask.value) : ask.value;
    if (list === undefined) return ask.refuse(`is ${showValue(ask.value)}: a quote is not closed`);
    if (!isTextList(list)) return ask.refuse();
    if (list.join(' ').length > MAX_TEXT) return ask.refuse('is longer than 64 kB');
    if (list.some((word) => word.includes('\0'))) return ask.refuse('has a NUL character');
    return list.length === 0 ? {} : { [key]: list };
  };
}

export const workingDir: Read = (ask) => {
  const path = ask.value;
  if (typeof path !== 'string' || !path.startsWith('/') || path.length > 4096 || path.includes('\0'))
    return ask.refuse();
  return { workingDir: path };
};

const OWN_ENV = /^(NVIDIA_.*|CUDA_VISIBLE_DEVICES|DOPQ_.*|LD_PRELOAD|LD_AUDIT)$/i;

export const environment: Read = (ask) => {
  const entries = isObject(ask.value) ? Object.entries(ask.value) : listEntries(ask.value);
  if (entries === undefined) return ask.refuse();
  const env = new Map<string, string>();
  for (const [name, value] of entries) {
    const text = typeof value === 'number' ? String(value) : value;
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(name)) {
      ask.refuse(`${showValue(name)} is no name`, { rule: 'letters, digits and "_", not starting with a digit' });
    } else if (OWN_ENV.test(name)) {
      ask.refuse(`sets ${name}, which belongs to DoPQ and the GPU driver`, { at: name, fix: 'Leave it out.' });
    } else if (typeof text !== 'string') {
      ask.refuse(`is ${showValue(value)}`, { at: name, rule: 'text or a number', fix: `"${name}": "1"` });
    } else if (text.includes('\0')) {
      ask.refuse('has a NUL character', { at: name });
    } else if (env.has(name)) {
      ask.refuse('is there twice', { at: name, fix: 'Keep one of the two.' });
    } else {
      env.set(name, text);
    }
  }
  const size = [...env].reduce((sum, [name, value]) => sum + name.length + value.length + 2, 0);
  if (size > MAX_TEXT) return ask.refuse('is longer than 64 kB');
  return { env: Object.fromEntries(env) };
};

/** `NAME=value` texts as pairs; a text without `=` has no value. Undefined if it is no list of texts. */
function listEntries(value: unknown): [string, string | null][] | undefined {
  if (!isTextList(value)) return undefined;
  return value.map((item) => {
    const at = item.indexOf('=');
    return at < 0 ? [item, null] : [item.slice(0, at), item.slice(at + 1)];
  });
}

// Labels that the engine or tools which watch it act upon.
const OTHERS_LABELS =
  /^(dopq|com\.docker|io\.docker|org\.dockerproject|com\.github\.containers|traefik|com\.centurylinklabs|io\.portainer|caddy|io\.podman)([._]|$)/i;

export const labels: Read = (ask) => {
  const entries = isObject(ask.value)
    ? Object.entries(ask.value)
    : isTextList(ask.value)
      ? ask.value.map((name): [string, string] => [name, ''])
      : undefined;
  if (entries === undefined) return ask.refuse();
  if (entries.length > MAX_LABELS) return ask.refuse(`has ${entries.length} labels`);
  const found: Record<string, string> = {};
  for (const [name, value] of entries) {
    const text = typeof value === 'number' ? String(value) : value;
    if (!/^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/.test(name)) {
      ask.refuse(`${showValue(name)} is no name`, { rule: 'letters, digits and "._/-", at most 128' });
    } else if (OTHERS_LABELS.test(name.replace(/^(user\.)+/, ''))) {
      ask.refuse('is a label that other tools act upon', { at: name, fix: 'Choose another name.' });
    } else if (typeof text !== 'string' || text.length > 4096 || text.includes('\0')) {
      ask.refuse(`is ${showValue(value)}`, { at: name, rule: 'text of at most 4096 characters' });
    } else {
      found[name.startsWith('user.') ? name : `user.${name}`] = text;
    }
  }
  return { labels: found };
};

const HOST_LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const HOST_NAME = new RegExp(`^${HOST_LABEL}$`);
export const DOMAIN_NAME: RegExp = new RegExp(`^(?=.{1,253}$)${HOST_LABEL}(?:\\.${HOST_LABEL})*$`);

export const hostname: Read = ({ value, refuse }) =>
  typeof value === 'string' && HOST_NAME.test(value) ? { hostname: value } : refuse();

export const domainname: Read = ({ value, refuse }) =>
  typeof value === 'string' && DOMAIN_NAME.test(value) ? { domainname: value } : refuse();

const STOP_SIGNALS = ['TERM', 'INT', 'QUIT', 'USR1', 'USR2'];

export const stopSignal: Read = ({ value, refuse }) => {
  const name = typeof value === 'string' ? value.toUpperCase().replace(/^SIG/, '') : '';
  return STOP_SIGNALS.includes(name) ? { stopSignal: `SIG${name}` } : refuse();
};

export const healthcheck: Read = (ask) => {
  if (!isObject(ask.value)) return ask.refuse();
  const given = new Map<string, unknown>();
  for (const [key, value] of Object.entries(ask.value)) {
    const name = key === 'StartPeriod' ? 'start_period' : key.toLowerCase();
    if (!['test', 'interval', 'timeout', 'start_period', 'retries'].includes(name)) {
      return ask.refuse(`has a field ${showValue(key)} that is not known`);
    }
    if (value !== null) given.set(name, value);
  }
  const test = healthTest(given.get('test'));
  if (test === undefined) {
    return ask.refuse(`is ${showValue(given.get('test') ?? null)}`, {
      at: 'test',
      rule: 'text for a shell, or a list that starts with "CMD", "CMD-SHELL" or "NONE"',
    });
  }
  const check: Healthcheck = { test };
  if (!time(ask, given, 'interval', 5_000, (ms) => (check.intervalMs = ms))) return undefined;
  if (!time(ask, given, 'timeout', 1, (ms) => (check.timeoutMs = ms))) return undefined;
  if (!time(ask, given, 'start_period', 0, (ms) => (check.startPeriodMs = ms))) return undefined;
  const retries = given.get('retries');
  if (retries !== undefined) {
    if (!isWhole(retries, 0, 1000))
      return ask.refuse(`is ${showValue(retries)}`, { at: 'retries', rule: 'from 0 to 1000' });
    check.retries = retries;
  }
  return { healthcheck: check } satisfies RunOptions;
};

function healthTest(test: unknown): string[] | undefined {
  if (typeof test === 'string' && test !== '' && test.length <= MAX_TEXT) return ['CMD-SHELL', test];
  if (!isTextList(test) || test.join(' ').length > MAX_TEXT) return undefined;
  const [form] = test;
  const right =
    form === 'NONE' ? test.length === 1 : form === 'CMD-SHELL' ? test.length === 2 : form === 'CMD' && test.length > 1;
  return right ? test : undefined;
}

function time(ask: Ask, given: Map<string, unknown>, key: string, minMs: number, set: (ms: number) => void): boolean {
  const ns = given.get(key);
  if (ns === undefined) return true;
  if (isWhole(ns, minMs * NS_PER_MS, DAY_MS * NS_PER_MS)) {
    set(Math.ceil(ns / NS_PER_MS));
    return true;
  }
  ask.refuse(`is ${showValue(ns)}`, { at: key, rule: `nanoseconds, from ${minMs * NS_PER_MS} to a day` });
  return false;
}

export function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

export function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

/** A reader of `true` or `false`. */
export function flag(key: 'tty' | 'init' | 'readOnlyRoot' | 'networkDisabled'): Read {
  return ({ value, refuse }) =>
    typeof value === 'boolean' ? { [key]: value } : refuse(`is ${showValue(value)}, ${kindOf(value)}`);
}
