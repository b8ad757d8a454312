// Reads config.ini into the one frozen Config, or refuses with everything that is wrong with it.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { checkTogether, remarkTogether } from './cross-checks.ts';
import { findValue, type IniFile, parseIni } from './ini.ts';
import { KEYS, type Key, SECTIONS } from './keys.ts';
import type { Kind } from './kinds.ts';
import type { Config } from './shape.ts';
import { findUnknown, isLegacy } from './key-names.ts';

export { ConfigError } from './config-error.ts';
export type { Config } from './shape.ts';

type Environment = Record<string, string | undefined>;

export type Origin =
  | { from: 'file'; line: number }
  | { from: 'environment'; variable: string }
  /** `key`: the other key this default comes from, for example `history.dir`. */
  | { from: 'default'; key?: string };

/** A key with the value in force, as text, and where that comes from. */
export interface Setting {
  key: Key;
  value: string;
  origin: Origin;
}

/** Something that works, and that the owner of the file should know. */
export interface ConfigNotice {
  level: 'info' | 'warning';
  message: string;
}

export interface LoadedConfig {
  config: Config;
  settings: Setting[];
  notices: ConfigNotice[];
}

/**
 * Reads config.ini.
 * @throws ConfigError with all problems of the file: line, key, rule and the nearest valid name
 */
export function loadConfig(file: string, options: { env?: Environment } = {}): LoadedConfig {
  return parseConfig(readText(file), { file, env: options.env ?? {} });
}

/** The same for a text at hand; `file` gives the folder that relative paths start at, and the name in messages. */
export function parseConfig(text: string, options: { file: string; env?: Environment }): LoadedConfig {
  const file = resolve(options.file);
  const { ini, problems: syntax } = parseIni(text);
  const reading = new Reading(ini, file, options.env ?? {});
  reading.problems.push(...syntax, ...findUnknown(ini));
  reading.readAll();
  const config = reading.config as unknown as Config;
  if (reading.problems.length === 0) reading.problems.push(...checkTogether(config, reading.settings));
  if (reading.problems.length > 0) throw new ConfigError(file, reading.problems);
  const notices = [...reading.notices, ...remarkTogether(config)];
  return { config: deepFreeze(config), settings: reading.settings, notices };
}

/** One pass over the table of keys. */
class Reading {
  readonly problems: ConfigProblem[] = [];
  readonly notices: ConfigNotice[] = [];
  readonly settings: Setting[] = [];
  readonly config: Record<string, unknown>;
  readonly #ini: IniFile;
  readonly #file: string;
  readonly #env: Environment;
  readonly #legacy: boolean;

  constructor(ini: IniFile, file: string, env: Environment) {
    this.#ini = ini;
    this.#file = file;
    this.#env = env;
    this.#legacy = isLegacy(ini);
    this.config = { file, legacy: this.#legacy, ...Object.fromEntries(SECTIONS.map((name) => [name, {}])) };
  }

  readAll(): void {
    if (this.#legacy) {
      this.#notice('info', 'a configuration of DoPQ 1.0: policy is recency unless [queue] policy says otherwise');
    }
    for (const key of KEYS) {
      const found = this.#find(key);
      if (found) this.#read(key, found.text, found.origin);
    }
  }

  #find(key: Key): { text: string; origin: Origin } | undefined {
    const fromEnv = key.env === undefined ? undefined : this.#env[key.env];
    if (key.env !== undefined && fromEnv) {
      return { text: fromEnv, origin: { from: 'environment', variable: key.env } };
    }
    const found = findValue(this.#ini, key.section, key.name);
    if (found && 'problem' in found) {
      this.problems.push({ line: found.line, key, rule: found.problem });
      return undefined;
    }
    if (found) return { text: found.value, origin: { from: 'file', line: found.line } };
    return this.#findDefault(key);
  }

  #findDefault(key: Key): { text: string; origin: Origin } | undefined {
    const history = findValue(this.#ini, 'paths', 'history.dir');
    if (key.field === 'paths.data' && history) {
      return 'value' in history ? { text: history.value, origin: { from: 'default', key: 'history.dir' } } : undefined;
    }
    const text = (this.#legacy ? key.legacyDefault : undefined) ?? key.default;
    if (text === null) {
      this.problems.push({ key, rule: `is missing and has no default: ${key.comment}` });
      return undefined;
    }
    const data = (this.config.paths as { data?: string }).data;
    if (!text.includes('{data}')) return { text, origin: { from: 'default' } };
    // Without a data directory, which is a problem of its own, nothing can be said about what lies in it.
    if (data === undefined) return undefined;
    return { text: text.replace('{data}', () => data), origin: { from: 'default', key: 'data.dir' } };
  }

  #read(key: Key, text: string, origin: Origin): void {
    // The union of all kinds is called as one: which value fits which field, the table's own type has checked.
    const kind = key.kind as Kind<unknown>;
    const parsed = kind.parse(text, { folder: dirname(this.#file), legacy: this.#legacy });
    if (!parsed.ok) {
      this.problems.push({ ...where(origin), key, value: text, rule: parsed.rule, nearest: parsed.nearest });
      return;
    }
    if (key.field) this.#set(key.field, parsed.value);
    this.settings.push({ key, value: kind.show?.(parsed.value) ?? text, origin });
    for (const message of parsed.notices ?? []) this.#notice('warning', message, key, origin);
    this.#remark(key, text, origin);
  }

  #set(field: string, value: unknown): void {
    const [section = '', name = ''] = field.split('.');
    (this.config[section] as Record<string, unknown>)[name] = value;
  }

  #remark(key: Key, text: string, origin: Origin): void {
    // A new config.ini states superseded keys too, so that people who know 1.0 find them: those are not worth a word.
    const asWritten = !this.#legacy && (key.written !== undefined || text === key.default);
    if (key.superseded && origin.from === 'file' && !asWritten) {
      this.#notice('info', `"${text}" has no effect: ${key.superseded}`, key, origin);
    }
    if (key.field === 'fetcher.trustedShare' && origin.from === 'default' && this.#legacy) {
      this.#notice(
        'warning',
        'is yes, as in 1.0: everybody who can write to the share may submit as anybody',
        key,
        origin,
      );
    }
    const inFile = findValue(this.#ini, key.section, key.name);
    if (origin.from === 'environment' && inFile && 'value' in inFile && inFile.value !== text) {
      this.#notice('info', `is "${text}" from ${origin.variable}, not "${inFile.value}"`, key, {
        from: 'file',
        line: inFile.line,
      });
    }
  }

  #notice(level: ConfigNotice['level'], message: string, key?: Key, origin?: Origin): void {
    const place = origin?.from === 'file' ? `${this.#file}:${origin.line}` : this.#file;
    this.notices.push({ level, message: `${place}: ${key ? `[${key.section}] ${key.name}: ` : ''}${message}` });
  }
}

function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  } catch (error) {
    const reason = error instanceof TypeError ? 'it is not UTF-8 text; save it as such' : (error as Error).message;
    throw new ConfigError(resolve(file), [{ rule: `cannot be read: ${reason}` }], { cause: error });
  }
}

function where(origin: Origin): { line?: number; variable?: string } {
  if (origin.from === 'file') return { line: origin.line };
  return origin.from === 'environment' ? { variable: origin.variable } : {};
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner as object);
  return Object.freeze(value);
}
