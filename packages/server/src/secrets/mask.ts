// Takes secrets out of what is written, wherever the chunks are cut.
import { Transform, type TransformCallback } from 'node:stream';

export const MASKED = '***';

/** The text with every secret replaced. */
export function maskText(text: string, secrets: readonly string[]): string {
  const all = longestFirst(secrets);
  if (all.length === 0) return text;
  return text.replaceAll(
    new RegExp(all.map((secret) => secret.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|'), 'g'),
    MASKED,
  );
}

/** As a step of a pipeline. */
export class Mask extends Transform {
  readonly #masking: Masking;

  constructor(secrets: readonly string[]) {
    super();
    this.#masking = new Masking(secrets);
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    done(null, this.#masking.pass(chunk));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#masking.end());
  }
}

/** Passes bytes on with every secret replaced. A piece that may become one is held back until it is or is not. */
export class Masking {
  readonly #secrets: readonly Buffer[];
  #held: Buffer = Buffer.alloc(0);

  constructor(secrets: readonly string[]) {
    this.#secrets = longestFirst(secrets).map((secret) => Buffer.from(secret));
  }

  pass(chunk: Buffer): Buffer {
    if (this.#secrets.length === 0) return chunk;
    return this.#mask(this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]), false);
  }

  /** What is still held back: nothing comes after it. */
  end(): Buffer {
    return this.#mask(this.#held, true);
  }

  #mask(bytes: Buffer, isEnd: boolean): Buffer {
    const passed: Buffer[] = [];
    let rest = bytes;
    for (;;) {
      const found = this.#find(rest);
      const mayGoOnAt = isEnd ? rest.length : rest.length - this.#mayBecomeOne(rest);
      // A longer one may begin where a shorter one was found.
      if (!found || mayGoOnAt <= found.at) {
        passed.push(rest.subarray(0, mayGoOnAt));
        this.#held = rest.subarray(mayGoOnAt);
        return Buffer.concat(passed);
      }
      passed.push(rest.subarray(0, found.at), Buffer.from(MASKED));
      rest = rest.subarray(found.at + found.length);
    }
  }

  /** The first secret in it, the longest where several begin. */
  #find(bytes: Buffer): { at: number; length: number } | undefined {
    let first: { at: number; length: number } | undefined;
    for (const secret of this.#secrets) {
      const at = bytes.indexOf(secret);
      if (at >= 0 && (!first || at < first.at)) first = { at, length: secret.length };
    }
    return first;
  }

  /** How many of its last bytes are the beginning of a secret. */
  #mayBecomeOne(bytes: Buffer): number {
    const longest = Math.max(0, ...this.#secrets.map(({ length }) => length - 1));
    for (let count = Math.min(longest, bytes.length); count > 0; count--) {
      const tail = bytes.subarray(bytes.length - count);
      if (this.#secrets.some((secret) => secret.length > count && secret.subarray(0, count).equals(tail))) return count;
    }
    return 0;
  }
}

function longestFirst(secrets: readonly string[]): string[] {
  return [...new Set(secrets)].filter((secret) => secret !== '').toSorted((a, b) => b.length - a.length);
}
