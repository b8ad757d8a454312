// A part of a log that may be a gigabyte long: lines around where the reader is, fetched by byte ranges, the far side dropped.

export interface LogLine {
  /** Byte offset of its beginning in the file: what a link to it says. */
  at: number;
  /** When it was written, as the file says; undefined for logs without times. */
  time: string | undefined;
  text: string;
}

/** Reads bytes `from` to before `to`; with what it answers it says how long the whole is. Empty at the end. */
export type ReadPart = (from: number, to: number) => Promise<{ bytes: Uint8Array; size: number }>;

export interface LogState {
  lines: readonly LogLine[];
  /** Number of the first line, counted from 1, where the beginning of the file is in sight; else unknown. */
  firstNumber: number | undefined;
  isAtStart: boolean;
  isAtEnd: boolean;
  size: number;
}

const CHUNK = 512 * 1024;
/** A log up to this size is read as a whole, and its lines have numbers. */
const WHOLE = 4 * 1024 * 1024;
/** More than this many bytes are not kept; the side away from the reader goes. */
const KEPT = 12 * 1024 * 1024;
const NEWLINE = 10;

export class LogSource {
  readonly #read: ReadPart;
  readonly #hasTimes: boolean;
  readonly #listeners = new Set<() => void>();
  #lines: LogLine[] = [];
  #from = 0;
  #to = 0;
  /** Up to here it was read; what is between `#to` and here is a line that has not ended yet. */
  #readTo = 0;
  #size = 0;
  #numberOfFirst: number | undefined = 1;
  #state: LogState = { lines: [], firstNumber: 1, isAtStart: true, isAtEnd: true, size: 0 };
  #busy: Promise<unknown> = Promise.resolve();

  constructor(read: ReadPart, hasTimes: boolean) {
    this.#read = read;
    this.#hasTimes = hasTimes;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): LogState => this.#state;

  /** The end of the log, or all of it if it is short. */
  openEnd(): Promise<void> {
    return this.#alone(async () => {
      const { size } = await this.#read(0, 1);
      const from = size <= WHOLE ? 0 : size - CHUNK;
      await this.#replace(from, size);
    });
  }

  openStart(): Promise<void> {
    return this.#alone(() => this.#replace(0, CHUNK));
  }

  /** The lines around a byte. */
  openAt(byte: number): Promise<void> {
    return this.#alone(async () => {
      const { size } = await this.#read(0, 1);
      if (size <= WHOLE) return await this.#replace(0, size);
      await this.#replace(Math.max(0, byte - CHUNK / 2), byte + CHUNK / 2);
    });
  }

  /** @returns how many lines came before those that were there */
  earlier(): Promise<number> {
    return this.#alone(async () => {
      if (this.#from === 0) return 0;
      const from = Math.max(0, this.#from - CHUNK);
      const { bytes, size } = await this.#read(from, this.#from);
      const { lines, from: begin } = parseLines(bytes, from, { whole: from === 0, last: true, times: this.#hasTimes });
      this.#lines = [...lines, ...this.#lines];
      this.#from = begin;
      this.#size = size;
      this.#numberOfFirst =
        from === 0 ? 1 : this.#numberOfFirst === undefined ? undefined : this.#numberOfFirst - lines.length;
      this.#dropEnd();
      this.#tell();
      return lines.length;
    });
  }

  /**
   * What comes after the last line in sight.
   * @param last the log is complete: a last line without a line break is a line too
   * @returns how many lines left at the beginning, to make room
   */
  later(last: boolean): Promise<number> {
    return this.#alone(async () => {
      const { bytes, size } = await this.#read(this.#to, this.#to + CHUNK);
      const { lines, to } = parseLines(bytes, this.#to, {
        whole: true,
        // A line longer than what is read at once is shown in pieces.
        last: (last && this.#to + bytes.length >= size) || (bytes.length === CHUNK && !bytes.includes(NEWLINE)),
        times: this.#hasTimes,
      });
      const changed = lines.length > 0 || size !== this.#size;
      this.#readTo = this.#to + bytes.length;
      this.#lines = lines.length > 0 ? [...this.#lines, ...lines] : this.#lines;
      this.#to = to;
      this.#size = size;
      const dropped = this.#dropStart();
      if (changed) this.#tell();
      return dropped;
    });
  }

  async #replace(from: number, to: number): Promise<void> {
    const { bytes, size } = await this.#read(from, to);
    const parsed = parseLines(bytes, from, { whole: from === 0, last: false, times: this.#hasTimes });
    this.#lines = parsed.lines;
    this.#from = parsed.from;
    this.#to = parsed.to;
    this.#readTo = from + bytes.length;
    this.#size = size;
    this.#numberOfFirst = from === 0 ? 1 : undefined;
    this.#tell();
  }

  #dropStart(): number {
    if (this.#to - this.#from <= KEPT) return 0;
    const index = this.#lines.findIndex(({ at }) => at >= this.#to - KEPT);
    if (index <= 0) return 0;
    this.#lines = this.#lines.slice(index);
    this.#from = this.#lines[0]?.at ?? this.#from;
    if (this.#numberOfFirst !== undefined) this.#numberOfFirst += index;
    return index;
  }

  #dropEnd(): void {
    if (this.#to - this.#from <= KEPT) return;
    const index = this.#lines.findIndex(({ at }) => at >= this.#from + KEPT);
    if (index <= 0) return;
    this.#to = this.#lines[index]?.at ?? this.#to;
    this.#readTo = this.#to;
    this.#lines = this.#lines.slice(0, index);
  }

  #tell(): void {
    this.#state = {
      lines: this.#lines,
      firstNumber: this.#numberOfFirst,
      isAtStart: this.#from === 0,
      isAtEnd: this.#readTo >= this.#size,
      size: this.#size,
    };
    for (const listener of this.#listeners) listener();
  }

  /** One reading at a time, in the order they were asked for. */
  #alone<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#busy.then(task, task);
    this.#busy = result.catch(() => {});
    return result;
  }
}

interface Parsing {
  /** The first byte begins a line; else what is before the first line break is the end of another one. Without any within, all is a piece of one. */
  whole: boolean;
  /** What is after the last line break is a line too. */
  last: boolean;
  times: boolean;
}

/** Splits bytes into lines, with where the first begins and the last ends. */
export function parseLines(
  bytes: Uint8Array,
  from: number,
  { whole, last, times }: Parsing,
): { lines: LogLine[]; from: number; to: number } {
  const decoder = new TextDecoder();
  const lines: LogLine[] = [];
  let begin = whole ? 0 : bytes.indexOf(NEWLINE) + 1;
  if (begin === bytes.length) begin = 0;
  const first = begin;
  for (;;) {
    const found = bytes.indexOf(NEWLINE, begin);
    const isOver = found === -1;
    if (isOver && (!last || begin >= bytes.length)) break;
    const end = isOver ? bytes.length : found;
    lines.push(lineOf(decoder.decode(bytes.subarray(begin, end)), from + begin, times));
    begin = Math.min(bytes.length, end + 1);
    if (isOver) break;
  }
  return { lines, from: from + first, to: from + begin };
}

function lineOf(line: string, at: number, times: boolean): LogLine {
  const space = times ? line.indexOf(' ') : -1;
  if (space < 20 || space > 40) return { at, time: undefined, text: line };
  return { at, time: line.slice(0, space), text: line.slice(space + 1) };
}
