// The engine keeps a line that is longer than 16 KiB in pieces, each an entry of its log with a time of its own. Here they
// become one line with one time again. Nothing is held back: memory stays small however long a line is.
import { Transform, type TransformCallback } from 'node:stream';
import { Demultiplexer, type Frame } from './log-stream.ts';

/** An RFC 3339 time with nanoseconds and the space behind it. */
const STAMP_BYTES = 31;
/** The most that the engine takes for one entry (moby, daemon/logger/copier.go). */
const PIECE_BYTES = 16 * 1024;
const LINE_END = 0x0a;

/** A log that was asked for with timestamps, as lines that begin with one. `tty`: it comes without the engine's framing. */
export function datedLines({ tty }: { tty: boolean }): Transform {
  const entries = tty ? new TerminalEntries() : new Demultiplexer();
  const joiner = new LineJoiner();
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      for (const frame of entries.take(chunk)) for (const bytes of joiner.take(frame)) this.push(bytes);
      done();
    },
  });
}

/** A terminal's log has no frames: an entry ends with its line, or where it is as long as an entry can be. */
class TerminalEntries {
  #length = 0;

  *take(chunk: Buffer): Generator<Frame> {
    for (let rest = chunk; rest.length > 0; ) {
      const piece = rest.subarray(0, STAMP_BYTES + PIECE_BYTES - this.#length);
      const end = piece.indexOf(LINE_END);
      const payload = end < 0 ? piece : piece.subarray(0, end + 1);
      yield { stream: 'stdout', payload, isFirst: this.#length === 0 };
      const length = this.#length + payload.length;
      this.#length = end >= 0 || length === STAMP_BYTES + PIECE_BYTES ? 0 : length;
      rest = rest.subarray(payload.length);
    }
  }
}

/** Takes the time off each entry that goes on with a line. */
class LineJoiner {
  /** The stream whose line has not ended yet. */
  #open: Frame['stream'] | undefined;
  #skip = 0;

  *take({ stream, payload, isFirst }: Frame): Generator<Buffer> {
    if (isFirst) {
      this.#skip = this.#open === stream ? STAMP_BYTES : 0;
      // Both streams print at once: their words are kept apart, and the broken line goes on below.
      if (this.#open !== undefined && this.#open !== stream) yield Buffer.of(LINE_END);
    }
    const rest = payload.subarray(this.#skip);
    this.#skip -= payload.length - rest.length;
    if (rest.length > 0) yield rest;
    this.#open = payload.at(-1) === LINE_END ? undefined : stream;
  }
}
