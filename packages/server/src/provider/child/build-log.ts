// What a build printed: kept whole while it is small, else its head and its tail.
import { type FileHandle, open } from 'node:fs/promises';

/** Lines of the end that a failed build's receipt shows. */
const LAST_LINES = 50;
const LAST_BYTES = 16 * 1024;

export class BuildLog implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #headBytes: number;
  readonly #tailBytes: number;
  #written = 0;
  #total = 0;
  readonly #tail: Buffer[] = [];
  #tailSize = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, maxBytes: number) {
    this.path = path;
    this.#file = file;
    this.#headBytes = Math.ceil(maxBytes / 2);
    this.#tailBytes = Math.floor(maxBytes / 2);
  }

  /** Starts the log anew: a repeated build tells its own story. */
  static async open(path: string, maxBytes: number): Promise<BuildLog> {
    return new BuildLog(path, await open(path, 'w', 0o640), maxBytes);
  }

  /** Bytes the build has printed, kept or not. */
  get totalBytes(): number {
    return this.#total;
  }

  write(text: string): void {
    const bytes = Buffer.from(text);
    this.#total += bytes.length;
    const head = bytes.subarray(0, Math.max(0, this.#headBytes - this.#written));
    this.#written += head.length;
    if (head.length > 0) this.#writing = this.#writing.then(() => this.#file.appendFile(head));
    this.#keep(bytes);
  }

  /** The last lines it printed. */
  lastLines(): string {
    return Buffer.concat(this.#tail)
      .subarray(-LAST_BYTES)
      .toString('utf8')
      .split('\n')
      .slice(-LAST_LINES - 1)
      .join('\n')
      .trim();
  }

  /** Writes what is held back; the log is complete on disk after it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    const beyondHead = this.#total - this.#written;
    if (beyondHead > 0) {
      const tail = Buffer.concat(this.#tail).subarray(-Math.min(beyondHead, this.#tailBytes));
      const dropped = beyondHead - tail.length;
      if (dropped > 0) await this.#file.appendFile(`\n[... ${dropped} bytes of output left out here ...]\n`);
      await this.#file.appendFile(tail);
    }
    await this.#file.close();
  }

  #keep(bytes: Buffer): void {
    this.#tail.push(bytes);
    this.#tailSize += bytes.length;
    const enough = Math.max(this.#tailBytes, LAST_BYTES);
    for (let first = this.#tail[0]; first && this.#tailSize - first.length >= enough; first = this.#tail[0]) {
      this.#tail.shift();
      this.#tailSize -= first.length;
    }
  }
}
