// The server's log on disk: bounded by size and count, and never a reason to stop: a full disk costs lines, not jobs.
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import type { Clock } from './clock.ts';

const FILE_NAME = 'dopq.log';
const RETRY_MS = 5000;

export interface LogFileOptions {
  dir: string;
  /** A file that has grown to so many bytes becomes dopq.log.1; there are at most `files` such old ones. */
  maxBytes: number;
  files: number;
  clock: Clock;
  /** Told once per outage, and once when it is over. */
  onState(message: string): void;
}

/** Where pino writes to. Lines that cannot be written are counted and dropped; it tries again every five seconds. */
export class LogFile implements AsyncDisposable {
  readonly #options: LogFileOptions;
  #stream: RotatingFileStream | undefined;
  #failedAt: number | undefined;
  #problem: string | null = null;
  #lost = 0;
  #torn = false;
  #closed = false;

  constructor(options: LogFileOptions) {
    this.#options = options;
  }

  /** Why lines are being lost now, or null. */
  get problem(): string | null {
    return this.#problem;
  }

  write(line: string): void {
    if (this.#closed) return;
    this.#stream ??= this.#open();
    if (!this.#stream) {
      this.#lost += 1;
      return;
    }
    const stream = this.#stream;
    // The write that failed may have left half a line: a line of its own keeps the next record readable.
    const text = this.#torn ? `\n${line}` : line;
    this.#torn = false;
    stream.write(text, (error) => {
      if (error) this.#fail(stream, error, 1);
      else if (this.#problem !== null) this.#recover();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const stream = this.#stream;
    if (!stream || stream.destroyed) return;
    await new Promise<void>((resolve) => {
      stream.once('close', resolve);
      stream.end();
    });
  }

  #open(): RotatingFileStream | undefined {
    const { dir, maxBytes, files, clock } = this.#options;
    if (this.#failedAt !== undefined && clock.now() - this.#failedAt < RETRY_MS) return undefined;
    const stream = createStream((index) => (index === null ? FILE_NAME : `${FILE_NAME}.${String(index)}`), {
      path: dir,
      size: `${maxBytes}B`,
      rotate: files,
      mode: 0o640,
    });
    stream.on('error', (error) => this.#fail(stream, error, 0));
    return stream;
  }

  #fail(stream: RotatingFileStream, error: Error, lines: number): void {
    this.#lost += lines;
    if (this.#stream !== stream) return;
    // A stream that has failed once takes no more lines: the next try makes a new one.
    this.#stream = undefined;
    this.#torn = true;
    this.#failedAt = this.#options.clock.now();
    if (this.#problem !== null) return;
    this.#problem = `the log in ${this.#options.dir} cannot be written: ${error.message}`;
    this.#options.onState(`${this.#problem}; free the disk or mend the folder, it is tried again by itself`);
  }

  #recover(): void {
    this.#problem = null;
    this.#failedAt = undefined;
    const message = `the log in ${this.#options.dir} is written again; up to ${this.#lost} lines were lost`;
    this.#lost = 0;
    this.#options.onState(message);
    const time = new Date(this.#options.clock.now()).toISOString();
    this.write(`${JSON.stringify({ level: 'warn', time, component: 'server', msg: message })}\n`);
  }
}
