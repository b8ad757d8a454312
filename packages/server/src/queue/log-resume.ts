import { Transform, type TransformCallback } from 'node:stream';
import { TIMESTAMP_LENGTH } from '../conventions/run-log.ts';

/** Stands where lines are missing: the engine had rotated them away before they could be copied. */
const GAP = '[dopq] lines are missing here: the engine rotated its log while DoPQ was not copying it\n';

/**
 * Drops the lines that are in the file already. The engine is asked for lines from the last one's millisecond on, so that
 * one comes again; if it does not, the engine has lost lines and the gap is marked.
 */
export class LogResume extends Transform {
  readonly #after: string;
  #passing: boolean;
  #seen = false;
  /** The beginning of a line, too little to tell; undefined inside a line that is dropped. */
  #head: Buffer | undefined = Buffer.alloc(0);

  /** @param after timestamp of the last line that is in the file; undefined = the file is empty */
  constructor(after: string | undefined) {
    super();
    this.#after = after ?? '';
    this.#passing = after === undefined;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let rest = chunk;
    while (!this.#passing && rest.length > 0) rest = this.#head ? this.#look(this.#head, rest) : this.#drop(rest);
    if (rest.length > 0) this.push(rest);
    done();
  }

  /** Reads on in the beginning of a line. @returns what is to be looked at next */
  #look(head: Buffer, bytes: Buffer): Buffer {
    const piece = bytes.subarray(0, TIMESTAMP_LENGTH - head.length);
    const start = Buffer.concat([head, piece]);
    this.#head = start;
    if (start.length === TIMESTAMP_LENGTH) {
      const timestamp = start.toString('latin1');
      if (timestamp === this.#after) this.#seen = true;
      if (timestamp > this.#after) this.#pass(start);
      this.#head = undefined;
    }
    return bytes.subarray(piece.length);
  }

  #drop(bytes: Buffer): Buffer {
    const end = bytes.indexOf(0x0a) + 1;
    if (end > 0) this.#head = Buffer.alloc(0);
    return bytes.subarray(end > 0 ? end : bytes.length);
  }

  #pass(start: Buffer): void {
    if (!this.#seen) this.push(`${this.#after} ${GAP}`);
    this.push(start);
    this.#passing = true;
  }
}
