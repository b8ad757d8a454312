import { fieldPath, type Problem, showValue } from './problem.ts';
import type { RunOptions } from './run-options.ts';
import type { RunParam } from './run-params-table.ts';

/** What bounds `run_params`. A bound that is not given is not checked here; the server checks again what it knows. */
export interface RunParamsLimits {
  /** Name of the file for problems. */
  file?: string;
  /** The memory of the job; undefined if the server decides it later (`memoryProblems` is for then). */
  memoryBytes?: number | undefined;
  /** The field `cpus` of the submission. */
  cpus?: number | undefined;
  /** CPUs of the largest machine. */
  maxCpus?: number | undefined;
  /** Most processes and threads a job may have; default 32768. */
  maxPids?: number | undefined;
  name?: string | undefined;
  image?: string | undefined;
  /** Platform of the machines, for example `linux/amd64`. */
  platform?: string | undefined;
  /** Refused keys that the server's configuration opens; only keys marked openable in the table can be. */
  opened?: readonly string[] | undefined;
}

/** One key of `run_params` on its way to a reader. */
export interface Ask {
  readonly value: unknown;
  readonly limits: RunParamsLimits;
  /** Records a problem; returns undefined, so that a reader can end with it. */
  readonly refuse: (message?: string, options?: { at?: string | number; rule?: string; fix?: string }) => undefined;
  readonly note: (text: string) => void;
}

/** Turns a value into options, or refuses it. */
export type Read = (ask: Ask) => RunOptions | undefined;

/** An `Ask` that collects what readers say about one row of the table. */
export function askAbout(
  row: RunParam,
  value: unknown,
  limits: RunParamsLimits,
  out: { problems: Problem[]; notes: string[] },
): Ask {
  const field = fieldPath('run_params', row.key);
  return {
    value,
    limits,
    refuse(message = `is ${showValue(value)}`, { at, rule = row.rule, fix = copyable(row) } = {}) {
      const place = at === undefined ? field : fieldPath(field, at);
      out.problems.push({ file: limits.file ?? 'container_config.json', field: place, rule, message, fix });
      return undefined;
    },
    note(text) {
      out.notes.push(`${field}: ${text}`);
    },
  };
}

/** The fix of a row as text to copy: values get their key in front, sentences stay. */
export function copyable(row: RunParam): string {
  return /^("[^"]*"|[[{].*|-?\d+|true|false)$/.test(row.fix) ? `"${row.key}": ${row.fix}` : row.fix;
}

/** `{problem}` for a value of the wrong kind, in the words of JSON. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' ? 'a number' : 'true or false';
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
