// Finding in a log of any length: the bytes stream by, only the places are kept.
import { plainText } from './ansi.ts';

/** So many places can be walked through; beyond that they are only counted. */
const KEPT_PLACES = 10_000;

export interface Found {
  /** Byte offsets of the lines, in order. */
  places: number[];
  count: number;
  isOver: boolean;
}

/**
 * Reads a whole log and tells what was found so far.
 * @param needle compared without regard to case
 */
export async function findInLog(
  body: ReadableStream<Uint8Array>,
  needle: string,
  hasTimes: boolean,
  tell: (found: Found) => void,
): Promise<void> {
  const wanted = needle.toLowerCase();
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const places: number[] = [];
  let count = 0;
  /** The beginning of a line that is not whole yet; one line may be as long as a log. */
  let rest: Uint8Array[] = [];
  let at = 0;
  const look = (line: string): void => {
    const text = hasTimes ? line.slice(line.indexOf(' ') + 1) : line;
    if (plainText(text).toLowerCase().includes(wanted)) {
      count += 1;
      if (places.length < KEPT_PLACES) places.push(at);
    }
    at += lengthOf(line, encoder) + 1;
  };
  /** @param bytes whole lines */
  const lookAt = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    const text = decoder.decode(bytes);
    // Most of a long log has nothing of it. Where characters are dropped or overwritten, only the lines can say.
    if (!UNSETTLED.test(text) && !text.toLowerCase().includes(wanted)) at += bytes.length;
    else for (const line of text.replace(/\n$/, '').split('\n')) look(line);
  };
  const reader = body.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const end = chunk.value.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      lookAt(joined([...rest, chunk.value.subarray(0, end)]));
      rest = [];
    }
    rest.push(chunk.value.subarray(end));
    tell({ places, count, isOver: false });
  }
  lookAt(joined(rest));
  tell({ places, count, isOver: true });
}

const NEWLINE = 10;
// oxlint-disable-next-line no-control-regex
const UNSETTLED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Bytes of a text; most lines are ASCII, where they are its characters. */
function lengthOf(line: string, encoder: TextEncoder): number {
  // oxlint-disable-next-line no-control-regex
  return /^[\u0000-\u007f]*$/.test(line) ? line.length : encoder.encode(line).length;
}
