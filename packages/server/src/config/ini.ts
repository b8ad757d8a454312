// Reads files as Python's configparser.ConfigParser() does with its defaults: what DoPQ 1.0 wrote and people then edited.
// No npm parser follows these rules (continuation lines, `:` beside `=`, `%%`, no inline comments, duplicates refused).

interface IniValue {
  /** As written, continuation lines joined by newlines, before `%` is resolved. */
  raw: string;
  /** Line of the key, from 1. */
  line: number;
}

export interface IniFile {
  sections: Map<string, { line: number; values: Map<string, IniValue> }>;
  /** Values of `[DEFAULT]`: every section has them too. */
  defaults: Map<string, IniValue>;
}

export interface IniProblem {
  line: number;
  rule: string;
}

// What Python's str.strip() and `\s` take for white space; JavaScript's differ in the control characters and the BOM.
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const OUTER_SPACE = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, 'g');
const TRAILING_SPACE = new RegExp(`[${SPACE}]+$`);
const SECTION = /^\[(.+)\]/s;
const OPTION = new RegExp(`^(.*?)[${SPACE}]*[=:][${SPACE}]*(.*)$`, 's');

/** Parses a whole file and lists everything that is wrong with it, where Python would stop at the first. */
export function parseIni(text: string): { ini: IniFile; problems: IniProblem[] } {
  const reader = new Reader();
  // Python reads with universal newlines and stops at a BOM; we skip the BOM that Windows editors leave.
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  if (lines.at(-1) === '') lines.pop();
  for (const [index, line] of lines.entries()) reader.read(line, index + 1);
  return reader.end();
}

class Reader {
  readonly #ini: IniFile = { sections: new Map(), defaults: new Map() };
  readonly #problems: IniProblem[] = [];
  readonly #seenSections = new Set<string>();
  /** Keys met per section; `[DEFAULT]` may come several times and still holds each key once. */
  readonly #seenKeys = new Map<Map<string, IniValue>, Set<string>>();
  #values: Map<string, IniValue> | undefined;
  #value: { lines: string[]; line: number; key: string; values: Map<string, IniValue> } | undefined;
  #indent = 0;
  #warnedOfMissingSection = false;

  read(line: string, number: number): void {
    const content = strip(line);
    if (content.startsWith('#') || content.startsWith(';')) return;
    if (content === '') {
      this.#value?.lines.push('');
      return;
    }
    const indent = line.indexOf(content);
    if (this.#value && indent > this.#indent) {
      this.#value.lines.push(content);
      return;
    }
    this.#indent = indent;
    const header = SECTION.exec(content)?.[1];
    if (header !== undefined) this.#startSection(header, number);
    else if (this.#values) this.#startValue(this.#values, content, number);
    else this.#reportMissingSection(number);
  }

  end(): { ini: IniFile; problems: IniProblem[] } {
    this.#endValue();
    return { ini: this.#ini, problems: this.#problems };
  }

  #startSection(name: string, line: number): void {
    this.#endValue();
    if (name === 'DEFAULT') {
      this.#values = this.#ini.defaults;
      return;
    }
    if (this.#seenSections.has(name)) {
      this.#problems.push({ line, rule: `section [${name}] is there already; keep one of them` });
    }
    this.#seenSections.add(name);
    const section = this.#ini.sections.get(name) ?? { line, values: new Map<string, IniValue>() };
    this.#ini.sections.set(name, section);
    this.#values = section.values;
  }

  #startValue(values: Map<string, IniValue>, content: string, line: number): void {
    this.#endValue();
    const [, name, value] = OPTION.exec(content) ?? [];
    if (name === undefined || value === undefined || name === '') {
      this.#problems.push({ line, rule: `"${content}" is neither "[section]" nor "key = value"` });
      return;
    }
    const key = lowerKey(name);
    const seen = this.#seenKeys.get(values) ?? new Set<string>();
    this.#seenKeys.set(values, seen);
    if (seen.has(key)) {
      this.#problems.push({ line, rule: `key "${key}" is there already; keep one of them` });
    }
    seen.add(key);
    this.#value = { lines: [value], line, key, values };
  }

  #endValue(): void {
    if (!this.#value) return;
    const { values, key, lines, line } = this.#value;
    values.set(key, { raw: lines.join('\n').replace(TRAILING_SPACE, ''), line });
    this.#value = undefined;
  }

  #reportMissingSection(line: number): void {
    if (this.#warnedOfMissingSection) return;
    this.#warnedOfMissingSection = true;
    this.#problems.push({ line, rule: 'a section like [paths] has to come before the first key' });
  }
}

/** The value of a key with `%(other)s` and `%%` resolved as configparser's BasicInterpolation does; undefined if absent. */
export function findValue(
  ini: IniFile,
  section: string,
  key: string,
): { value: string; line: number } | { problem: string; line: number } | undefined {
  const own = ini.sections.get(section)?.values;
  const find = (name: string) => own?.get(name) ?? ini.defaults.get(name);
  const found = find(key);
  if (!found) return undefined;
  try {
    return { value: interpolate(found.raw, (name) => find(name)?.raw, 1), line: found.line };
  } catch (error) {
    return { problem: (error as Error).message, line: found.line };
  }
}

// Python's configparser.MAX_INTERPOLATION_DEPTH.
const MAX_DEPTH = 10;

function interpolate(raw: string, find: (key: string) => string | undefined, depth: number): string {
  if (depth > MAX_DEPTH) throw new Error(`references nest deeper than ${MAX_DEPTH}`);
  return raw.replace(/%(%|\(([^)]+)\)s)?/g, (match: string, _kind: string, name: string | undefined) => {
    if (match === '%%') return '%';
    if (name === undefined) throw new Error('a "%" has to be written "%%"');
    const value = find(lowerKey(name));
    if (value === undefined) throw new Error(`"%(${name})s" names a key that is not in this section`);
    return value.includes('%') ? interpolate(value, find, depth + 1) : value;
  });
}

/** One line (or several) of a file that `parseIni` and configparser read back as the same value. */
export function formatOption(key: string, value: string): string {
  return `${key} = ${value.replaceAll('%', '%%').replaceAll('\n', '\n\t')}`.trimEnd();
}

function strip(text: string): string {
  return text.replace(OUTER_SPACE, '');
}

function lowerKey(name: string): string {
  return name.toLowerCase();
}
