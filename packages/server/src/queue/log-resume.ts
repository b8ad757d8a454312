import { Transform, type TransformCallback } from 'node:stream';
import { TIMESTAMP_LENGTH } from '../run-log.ts';

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
  #rest: Buffer = Buffer.alloc(0);

  /** @param after timestamp of the last line that is in the file; undefined = the file is empty */
  constructor(after: string | undefined) {
    super();
    this.#after = after ?? '';
    this.#passing = after === undefined;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#passing) return done(null, chunk);
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let end = this.#rest.indexOf(0x0a); end >= 0 && !this.#passing; end = this.#rest.indexOf(0x0a)) {
      if (this.#isNew()) this.#pass();
      else this.#rest = this.#rest.subarray(end + 1);
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    if (!this.#passing && this.#rest.length > 0 && this.#isNew()) this.#pass();
    done();
  }

  #isNew(): boolean {
    const timestamp = this.#rest.subarray(0, TIMESTAMP_LENGTH).toString('latin1');
    if (timestamp === this.#after) this.#seen = true;
    return timestamp > this.#after;
  }

  #pass(): void {
    if (!this.#seen) this.push(`${this.#after} ${GAP}`);
    this.push(this.#rest);
    this.#rest = Buffer.alloc(0);
    this.#passing = true;
  }
}
