// How run logs are kept: each line begins with the engine's timestamp. That is where copying goes on after a restart, and
// what `dopq logs -t` shows; without it people get what the job printed.
import { Transform, type TransformCallback } from 'node:stream';

/** RFC 3339 with nanoseconds, as the engine writes it before each line: 30 characters that sort as text. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /;
export const TIMESTAMP_LENGTH = 30;
const PREFIX_LENGTH = TIMESTAMP_LENGTH + 1;
const LINE_END = 0x0a;

/** The timestamp of the last line of `text`, undefined if no line has one. */
export function lastTimestamp(text: string): string | undefined {
  const line = text.split('\n').findLast((candidate) => TIMESTAMP.test(candidate));
  return line?.slice(0, TIMESTAMP_LENGTH);
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
