// A strict JSON reader that knows where everything stands. JSON.parse gives no positions, lets the second of two equal
// keys win silently and says "Unexpected token" where a person wants to hear what to write instead.
import { fieldPath, showValue } from './problem.ts';

export interface Position {
  line: number;
  column: number;
}

export type JsonResult =
  | { ok: true; value: unknown /** Where a field stands, or the nearest one around it. */; at(field: string): Position }
  | ({ ok: false; message: string; fix: string } & Position);

class JsonError extends Error {
  readonly offset: number;
  readonly fix: string;

  constructor(offset: number, message: string, fix: string) {
    super(message);
    this.offset = offset;
    this.fix = fix;
  }
}

/**
 * Reads JSON. Refuses equal keys in one object, `__proto__`, numbers that do not fit and nesting deeper than `maxDepth`.
 * A byte order mark at the start is skipped.
 */
export function parseJson(text: string, maxDepth = 20): JsonResult {
  const offsets = new Map<string, number>();
  try {
    const value = new Reader(text, offsets, maxDepth).document();
    return { ok: true, value, at: (field) => positionAt(text, nearest(offsets, field)) };
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return { ok: false, message: error.message, fix: error.fix, ...positionAt(text, error.offset) };
  }
}

function nearest(offsets: Map<string, number>, field: string): number {
  for (let path = field; path !== ''; path = path.slice(0, Math.max(path.lastIndexOf('.'), path.lastIndexOf('['), 0))) {
    const offset = offsets.get(path);
    if (offset !== undefined) return offset;
  }
  return offsets.get('') ?? 0;
}

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).replace(/^\ufeff/, '');
  const lines = before.split(/\r\n|\r|\n/);
  return { line: lines.length, column: lines.at(-1)!.length + 1 };
}

class Reader {
  readonly #text: string;
  readonly #offsets: Map<string, number>;
  readonly #maxDepth: number;
  #next = 0;

  constructor(text: string, offsets: Map<string, number>, maxDepth: number) {
    this.#text = text;
    this.#offsets = offsets;
    this.#maxDepth = maxDepth;
    if (text.startsWith('\ufeff')) this.#next = 1;
  }

  document(): unknown {
    this.#space();
    if (this.#next === this.#text.length) this.#fail('the file is empty', 'Write the configuration into it.');
    const value = this.#value('', 0);
    this.#space();
    if (this.#next < this.#text.length) {
      this.#fail(`something follows after the end: ${this.#glimpse()}`, 'Remove what follows the last }.');
    }
    return value;
  }

  #value(path: string, depth: number): unknown {
    if (!this.#offsets.has(path)) this.#offsets.set(path, this.#next);
    if (depth > this.#maxDepth) {
      this.#fail(`nested deeper than ${this.#maxDepth} levels`, 'Flatten it; no field needs that.');
    }
    const char = this.#text[this.#next];
    if (char === '{') return this.#object(path, depth);
    if (char === '[') return this.#array(path, depth);
    if (char === '"') return this.#string();
    return this.#literal();
  }

  #object(path: string, depth: number): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    this.#next++;
    this.#space();
    if (this.#take('}')) return {};
    for (;;) {
      const start = this.#next;
      if (this.#text[start] !== '"') this.#fail(...this.#insteadOfKey());
      const key = this.#string();
      const field = fieldPath(path, key);
      if (key === '__proto__') {
        this.#fail('"__proto__" is not a field', 'Remove it.', start);
      }
      if (entries.has(key)) {
        const first = positionAt(this.#text, this.#offsets.get(field) ?? 0);
        this.#fail(`${field} is there twice, first in line ${first.line}`, 'Keep one of the two.', start);
      }
      this.#offsets.set(field, start);
      this.#space();
      if (!this.#take(':')) this.#fail(`a ":" is missing after ${showValue(key)}`, 'Write "key": value.');
      this.#space();
      entries.set(key, this.#value(field, depth + 1));
      this.#space();
      if (this.#take('}')) return Object.fromEntries(entries);
      this.#comma('}');
    }
  }

  #array(path: string, depth: number): unknown[] {
    const items: unknown[] = [];
    this.#next++;
    this.#space();
    if (this.#take(']')) return items;
    for (;;) {
      items.push(this.#value(fieldPath(path, items.length), depth + 1));
      this.#space();
      if (this.#take(']')) return items;
      this.#comma(']');
    }
  }

  #comma(end: '}' | ']'): void {
    if (!this.#take(',')) {
      if (this.#next >= this.#text.length) this.#fail(`the file ends before its ${end}`, `Close it with ${end}.`);
      this.#fail(`a comma or ${end} is missing before ${this.#glimpse()}`, 'Put a comma between two entries.');
    }
    const comma = this.#next - 1;
    this.#space();
    if (this.#text[this.#next] === end) this.#fail(`a comma too many before ${end}`, 'Remove that comma.', comma);
  }

  #string(): string {
    const start = this.#next;
    let end = start + 1;
    for (; end < this.#text.length && this.#text[end] !== '"'; end++) {
      const code = this.#text.charCodeAt(end);
      if (code === 0x0a || code === 0x0d) this.#fail('a text is not closed on its line', 'Add the missing ".', start);
      if (code < 0x20) this.#fail('a control character inside a text', 'Write \\t for a tab, or remove it.', end);
      if (code === 0x5c) {
        if (!/^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(this.#text.slice(end, end + 6))) {
          this.#fail('a single backslash inside a text', 'Write two: "C:\\\\data", or use "/".', end);
        }
        end++;
      }
    }
    if (end >= this.#text.length) this.#fail('a text is not closed', 'Add the missing ".', start);
    this.#next = end + 1;
    return JSON.parse(this.#text.slice(start, this.#next)) as string;
  }

  #literal(): unknown {
    const start = this.#next;
    const word = /^[-+.\w]*/.exec(this.#text.slice(start, start + 400))![0];
    this.#next = start + word.length;
    if (word === 'true') return true;
    if (word === 'false') return false;
    if (word === 'null') return null;
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(word)) {
      const number = Number(word);
      if (!Number.isFinite(number)) this.#fail(`the number ${word.slice(0, 20)} is too large`, 'Write less.', start);
      return number;
    }
    this.#next = start;
    return this.#fail(...this.#insteadOfValue(word));
  }

  #insteadOfValue(word: string): [string, string] {
    if (/^(True|False|None)$/.test(word)) {
      const json = word === 'None' ? 'null' : word.toLowerCase();
      return [`${word} is Python, not JSON`, `Write ${json}, or let json.dump write the file.`];
    }
    if (/^[-+]?(nan|inf(inity)?)$/i.test(word)) return [`${word} is not a number in JSON`, 'Write a number.'];
    if (/^[-+.]?\d/.test(word)) return [`${word.slice(0, 30)} is not a number in JSON`, 'Write it like 2, -1 or 0.5.'];
    if (this.#next >= this.#text.length) return ['the file ends where a value should stand', 'Finish the file.'];
    return this.#commentOrQuote() ?? [`${this.#glimpse()} is not a value`, 'Put text in double quotes.'];
  }

  #insteadOfKey(): [string, string] {
    if (this.#next >= this.#text.length) return ['the file ends before its }', 'Close it with }.'];
    return (
      this.#commentOrQuote() ?? [`a key in double quotes is expected, not ${this.#glimpse()}`, 'Write "key": value.']
    );
  }

  #commentOrQuote(): [string, string] | undefined {
    const rest = this.#text.slice(this.#next, this.#next + 2);
    if (rest.startsWith('#') || rest === '//' || rest === '/*') return ['JSON has no comments', 'Remove the comment.'];
    if (rest.startsWith("'")) return ['text stands in single quotes', 'Use double quotes: "text".'];
    return undefined;
  }

  #space(): void {
    while (' \t\n\r'.includes(this.#text[this.#next] ?? 'x')) this.#next++;
  }

  #take(char: string): boolean {
    if (this.#text[this.#next] !== char) return false;
    this.#next++;
    return true;
  }

  #glimpse(): string {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#next) ?? 0);
    const word = /^\w{1,20}/.exec(this.#text.slice(this.#next, this.#next + 20))?.[0];
    return showValue(word ?? char);
  }

  #fail(message: string, fix: string, offset: number = this.#next): never {
    throw new JsonError(offset, message, fix);
  }
}
