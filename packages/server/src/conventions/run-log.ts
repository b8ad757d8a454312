// How run logs are kept: each line begins with the engine's timestamp. That is where copying goes on after a restart, and
// what `dopq logs -t` shows; without it people get what the job printed.
import type { FileHandle } from 'node:fs/promises';
import { Transform, type TransformCallback } from 'node:stream';

/** RFC 3339 with nanoseconds, as the engine writes it before each line: 30 characters that sort as text. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /;
export const TIMESTAMP_LENGTH = 30;
const PREFIX_LENGTH = TIMESTAMP_LENGTH + 1;
const LINE_END = 0x0a;

/** Where copying into a run log goes on. */
export interface ResumePoint {
  /** Behind the last whole line, in bytes. */
  at: number;
  /** Of the last whole line that has one. */
  timestamp: string | undefined;
}

/** Reads a run log from its end, in small pieces however long its last line is. */
export async function findResumePoint(file: FileHandle): Promise<ResumePoint> {
  const { size } = await file.stat();
  const at = await findLineStart(file, size);
  for (let end = at; end > 0; ) {
    const start = await findLineStart(file, end - 1);
    const { buffer } = await file.read(Buffer.alloc(PREFIX_LENGTH), 0, PREFIX_LENGTH, start);
    const head = buffer.toString('latin1');
    if (TIMESTAMP.test(head)) return { at, timestamp: head.slice(0, TIMESTAMP_LENGTH) };
    end = start;
  }
  return { at, timestamp: undefined };
}

const BLOCK_BYTES = 64 * 1024;

/** Behind the last line end before `end`. */
async function findLineStart(file: FileHandle, end: number): Promise<number> {
  const block = Buffer.alloc(Math.min(BLOCK_BYTES, end));
  for (let to = end; to > 0; to -= block.length) {
    const from = Math.max(0, to - block.length);
    await file.read(block, 0, to - from, from);
    const found = block.subarray(0, to - from).lastIndexOf(LINE_END);
    if (found >= 0) return from + found + 1;
  }
  return 0;
}

const SHAPE = '0000-00-00T00:00:00.000000000Z ';

function mayBecomeTimestamp(head: Buffer): boolean {
  return head.toString('latin1').replaceAll(/\d/g, '0') === SHAPE.slice(0, head.length);
}

/** Takes the timestamp off each line; wherever the chunks are cut, and whatever the lines hold. */
export class WithoutTimestamps extends Transform {
  /** The first bytes of a line of which not enough is there to tell. */
  #head: Buffer | undefined = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#head) {
        const missing = PREFIX_LENGTH - this.#head.length;
        const piece = rest.subarray(0, missing);
        const end = piece.indexOf(LINE_END);
        const head: Buffer = Buffer.concat([this.#head, end < 0 ? piece : piece.subarray(0, end)]);
        rest = rest.subarray(end < 0 ? piece.length : end);
        this.#head = head;
        if (head.length < PREFIX_LENGTH && end < 0 && mayBecomeTimestamp(head)) break;
        this.push(TIMESTAMP.test(head.toString('latin1')) ? head.subarray(PREFIX_LENGTH) : head);
        this.#head = undefined;
      }
      const end = rest.indexOf(LINE_END);
      this.push(end < 0 ? rest : rest.subarray(0, end + 1));
      rest = end < 0 ? rest.subarray(rest.length) : rest.subarray(end + 1);
      if (end >= 0) this.#head = Buffer.alloc(0);
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    if (this.#head && this.#head.length > 0) {
      this.push(TIMESTAMP.test(this.#head.toString('latin1')) ? this.#head.subarray(PREFIX_LENGTH) : this.#head);
    }
    done();
  }
}
