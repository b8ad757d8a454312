// The kinds of values config.ini knows: each reads a text, or says the rule the text breaks, and names its own rule.
import { resolve } from 'node:path';
import { parseDuration } from '@dopq/contract/units';
import { USER_NAME } from '@dopq/contract/user-name';
import { findNearest } from './nearest.ts';

export type Parsed<T> =
  | { ok: true; value: T; notices?: string[] }
  | { ok: false; rule: string; nearest?: string | undefined };

/** What a value is read in: relative paths start at the folder of config.ini, a 1.0 file is read more leniently. */
export interface ParseContext {
  folder: string;
  legacy: boolean;
}

export interface Kind<T> {
  /** The rule in words, as the reference shows it and as an error repeats it. */
  rule: string;
  /** The value as `--print-config` shows it; by default the text it was read from. */
  show?(value: T): string;
  parse(text: string, context: ParseContext): Parsed<T>;
}

/** A path; relative ones start at the folder of config.ini. `~` and variables are not expanded, as in 1.0. */
export const path: Kind<string> = {
  rule: 'a path; relative ones start at the folder of config.ini',
  parse: (text, { folder }) => {
    if (text === '') return broken(path.rule);
    if (/^[~$]/.test(text)) return broken('a path; "~" and variables are not expanded, write it out');
    return good(resolve(folder, text));
  },
  show: (value) => value,
};

/** A path that may be left empty. */
export const optionalPath: Kind<string | null> = {
  rule: `${path.rule}; empty for none`,
  parse: (text, context) => (text === '' ? good(null) : path.parse(text, context)),
  show: (value) => value ?? '',
};

/** The name of a program on PATH, or a path to it. */
export const program: Kind<string> = {
  rule: 'the name of a program, or the path of one',
  parse: (text, context) => {
    if (text === '') return broken(program.rule);
    return text.includes('/') ? path.parse(text, context) : good(text);
  },
};

// configparser.RawConfigParser.BOOLEAN_STATES.
const BOOLEANS = new Map([
  ...['1', 'yes', 'true', 'on'].map((word) => [word, true] as const),
  ...['0', 'no', 'false', 'off'].map((word) => [word, false] as const),
]);

/** The words of configparser's getboolean. */
export const boolean: Kind<boolean> = {
  rule: 'yes, true, on, 1 or no, false, off, 0',
  parse: (text) => {
    const value = BOOLEANS.get(text.toLowerCase());
    return value === undefined ? broken(boolean.rule, text, BOOLEANS.keys()) : good(value);
  },
};

/** A whole number as Python's int() reads it. */
export function integer(min: number, max: number): Kind<number> {
  const rule = `a whole number from ${min} to ${max}`;
  return {
    rule,
    parse: (text) => {
      if (!/^[+-]?\d+(_\d+)*$/.test(text)) return broken(rule);
      return inRange(Number(text.replaceAll('_', '')), min, max, rule);
    },
  };
}

/** A whole number, or `none` for no limit. */
export function integerOrNone(min: number, max: number): Kind<number | null> {
  const whole = integer(min, max);
  return {
    rule: `${whole.rule}, or none`,
    parse: (text, context) => (text.toLowerCase() === 'none' ? good(null) : whole.parse(text, context)),
  };
}

/** A fraction of a whole, as Python's float() reads it. */
export const fraction: Kind<number> = {
  rule: 'a number from 0 to 1, for example 0.05 for 5 percent',
  parse: (text) => {
    const value = readNumber(text);
    return value === undefined ? broken(fraction.rule) : inRange(value, 0, 1, fraction.rule);
  },
};

const UNIT_MS = { seconds: 1000, minutes: 60_000, days: 86_400_000 };

/** A length of time, written as a bare number of the unit, read as milliseconds. */
export function duration(unit: keyof typeof UNIT_MS, min: number, max: number): Kind<number> {
  const rule = `a number of ${unit} from ${min} to ${max}`;
  return {
    rule,
    parse: (text) => {
      const value = readNumber(text);
      if (value === undefined) return broken(rule);
      const parsed = inRange(value, min, max, rule);
      return parsed.ok ? good(Math.round(parsed.value * UNIT_MS[unit])) : parsed;
    },
  };
}

/** A length of time in one unit, or `none` for ever. */
export function durationOrNone(unit: keyof typeof UNIT_MS, min: number, max: number): Kind<number | null> {
  const span = duration(unit, min, max);
  return {
    rule: `${span.rule}, or none`,
    parse: (text, context) => (text.toLowerCase() === 'none' ? good(null) : span.parse(text, context)),
  };
}

const TIME_SPAN_RULE = 'a length of time such as 90m, 12h, 2d or 1d12h (a bare number counts seconds), or none';

/** A length of time as in container_config.json, or `none` for no limit. */
export const timeSpanOrNone: Kind<number | null> = {
  rule: TIME_SPAN_RULE,
  parse: (text) => {
    if (text.toLowerCase() === 'none') return good(null);
    const ms = parseDuration(text);
    return ms === undefined || ms < 1000 ? broken(TIME_SPAN_RULE) : good(ms);
  },
};

/** `A100 = 4, RTX 3090 = 1.5`: GPU models as people say them, each with a weight. */
export const gpuWeights: Kind<Record<string, number>> = {
  rule: 'GPU models with a weight above 0 each, separated by commas: A100=4, RTX 3090=1.5',
  parse: (text) => {
    const weights: [string, number][] = [];
    for (const item of splitList(text)) {
      const [, model, number] = /^([^=]*[^=\s])\s*=\s*(\S+)$/.exec(item) ?? [];
      const weight = readNumber(number ?? '');
      if (model === undefined || weight === undefined || !(weight > 0 && weight <= 1e6)) return broken(gpuWeights.rule);
      weights.push([model, weight]);
    }
    return good(Object.fromEntries(weights));
  },
};

const BYTE_UNITS: Record<string, number> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };
const BYTES = /^(\d+(?:\.\d+)?|\.\d+)\s*(?:([bkmgt])(?:i?b)?)?$/i;
const BYTES_RULE = 'a size with a unit: 512m, 20g, 1t (powers of 1024; a bare number is GB)';

/** A size in bytes, written as for Docker (`32g`); a bare number is GB, as everywhere in DoPQ. */
export function bytes(min: number, max: number): Kind<number> {
  return {
    rule: BYTES_RULE,
    parse: (text) => {
      const [, number, unit = 'g'] = BYTES.exec(text) ?? [];
      if (number === undefined) return broken(BYTES_RULE);
      const factor = BYTE_UNITS[unit.toLowerCase()] ?? Number.NaN;
      return inRange(
        Math.round(Number(number) * factor),
        min,
        max,
        `${BYTES_RULE}, from ${formatBytes(min)} to ${formatBytes(max)}`,
      );
    },
  };
}

/** A size, or `none` for no limit. */
export function bytesOrNone(min: number, max: number): Kind<number | null> {
  const size = bytes(min, max);
  return {
    rule: `${size.rule}, or none`,
    parse: (text, context) => (text.toLowerCase() === 'none' ? good(null) : size.parse(text, context)),
  };
}

export function choice<const T extends string>(...names: T[]): Kind<T> {
  const rule = names.join(' or ');
  return {
    rule,
    parse: (text) => {
      const value = names.find((name) => name === text.toLowerCase());
      return value === undefined ? broken(rule, text, names) : good(value);
    },
  };
}

/** File endings, separated by commas, with or without their dot. */
export const suffixes: Kind<string[]> = {
  rule: 'file endings separated by commas, for example tar,tar.gz',
  parse: (text) => {
    const values = splitList(text).map((item) => item.replace(/^\./, '').toLowerCase());
    const bad = values.find((item) => !/^[a-z0-9]+(\.[a-z0-9]+)*$/.test(item));
    return values.length === 0 || bad !== undefined ? broken(suffixes.rule) : good([...new Set(values)]);
  },
};

/** User names, separated by commas. In a 1.0 file, a name that DoPQ cannot use is left out with a notice. */
export const userNames: Kind<string[]> = {
  rule: 'user names separated by commas: letters, digits, "_", "." and "-", at most 64 of them each',
  parse: (text, { legacy }) => {
    const names = [...new Set(splitList(text))];
    const bad = names.filter((name) => !USER_NAME.test(name));
    if (bad.length === 0) return good(names);
    if (!legacy) return broken(`${userNames.rule}; "${bad[0]}" is none`);
    const notices = bad.map((name) => `"${name}" cannot be a user's name and is left out: ${userNames.rule}`);
    return { ok: true, value: names.filter((name) => !bad.includes(name)), notices };
  },
};

/** Any text: for keys that have no effect any more. */
export const anyText: Kind<string> = { rule: 'any text', parse: (text) => good(text) };

/** 20g for 21474836480: the largest unit that gives a whole number. */
export function formatBytes(value: number): string {
  const unit = ['t', 'g', 'm', 'k'].find(
    (name) => value >= (BYTE_UNITS[name] ?? 0) && value % (BYTE_UNITS[name] ?? 1) === 0,
  );
  return unit ? `${value / (BYTE_UNITS[unit] ?? 1)}${unit}` : `${value}b`;
}

/** The items of a comma- or newline-separated list, without empty ones. */
export function splitList(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function readNumber(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function inRange(value: number, min: number, max: number, rule: string): Parsed<number> {
  return value >= min && value <= max ? good(value) : broken(rule);
}

/** A value that keeps its rule. */
export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** The rule a text breaks, with the known word it may have meant. */
export function broken(
  rule: string,
  text?: string,
  known?: Iterable<string>,
): { ok: false; rule: string; nearest?: string | undefined } {
  return { ok: false, rule, nearest: text !== undefined && known ? findNearest(text, known) : undefined };
}
