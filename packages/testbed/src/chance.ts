// Random choices that can be repeated: the same seed gives the same ones.
import { createHash } from 'node:crypto';

export class Chance {
  readonly #seed: string;
  #count = 0;

  constructor(seed: string | number) {
    this.#seed = String(seed);
  }

  /** From 0 up to, but not including, 1. */
  next(): number {
    const digest = createHash('sha256')
      .update(`${this.#seed}:${this.#count++}`)
      .digest();
    return digest.readUInt32BE() / 2 ** 32;
  }

  /** One of them, each equally likely. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.next() * choices.length)] as T;
  }
}
