import type { IncomingMessage } from 'node:http';
import { type Readable, Transform, type TransformCallback } from 'node:stream';
import type { DockerApi } from './api.ts';

const HEADER_BYTES = 8;

/**
 * Takes off the engine's framing (1 byte stream, 3 zero, 4 length big-endian, payload) and keeps the order of stdout
 * and stderr. Copies no payload and keeps back-pressure.
 */
export function demultiplex(): Transform {
  const demultiplexer = new Demultiplexer();
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      for (const { payload } of demultiplexer.take(chunk)) this.push(payload);
      done();
    },
  });
}

/**
 * An answer of the engine as a stream that can be handed out: a connection that breaks ends it with an EngineError, an
 * abort with the signal's reason, and whoever destroys it closes the connection.
 */
export function readThrough(
  api: DockerApi,
  response: IncomingMessage,
  transform: Transform,
  signal?: AbortSignal,
): Readable {
  response.on('error', (error) => {
    transform.destroy(signal?.aborted ? (signal.reason as Error) : api.failureOf(error));
  });
  transform.on('close', () => response.destroy());
  return response.pipe(transform);
}

export interface Frame {
  stream: 'stdout' | 'stderr';
  payload: Buffer;
  /** False for what follows the first piece of a frame's payload. */
  isFirst: boolean;
}

/** Cuts a byte stream into frames; a frame's payload may come in several pieces. */
export class Demultiplexer {
  #header = Buffer.alloc(0);
  #left = 0;
  #stream: Frame['stream'] = 'stdout';
  #isFirst = true;

  *take(chunk: Buffer): Generator<Frame> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#left === 0) {
        rest = this.#takeHeader(rest);
        continue;
      }
      const payload = rest.subarray(0, this.#left);
      this.#left -= payload.length;
      rest = rest.subarray(payload.length);
      yield { stream: this.#stream, payload, isFirst: this.#isFirst };
      this.#isFirst = false;
    }
  }

  #takeHeader(chunk: Buffer): Buffer {
    const missing = HEADER_BYTES - this.#header.length;
    const header = Buffer.concat([this.#header, chunk.subarray(0, missing)]);
    if (header.length < HEADER_BYTES) {
      this.#header = header;
      return Buffer.alloc(0);
    }
    this.#stream = header.readUInt8(0) === 2 ? 'stderr' : 'stdout';
    this.#left = header.readUInt32BE(4);
    this.#isFirst = true;
    this.#header = Buffer.alloc(0);
    return chunk.subarray(missing);
  }
}
