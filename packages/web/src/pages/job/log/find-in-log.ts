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
  let rest = '';
  let at = 0;
  const look = (line: string): void => {
    const text = hasTimes ? line.slice(line.indexOf(' ') + 1) : line;
    if (plainText(text).toLowerCase().includes(wanted)) {
      count += 1;
      if (places.length < KEPT_PLACES) places.push(at);
    }
    at += line.length === 0 ? 1 : lengthOf(line, encoder) + 1;
  };
  const reader = body.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const lines = (rest + decoder.decode(chunk.value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) look(line);
    tell({ places, count, isOver: false });
  }
  if (rest) look(rest);
  tell({ places, count, isOver: true });
}

/** Bytes of a text; most lines are ASCII, where they are its characters. */
function lengthOf(line: string, encoder: TextEncoder): number {
  // oxlint-disable-next-line no-control-regex
  return /^[\u0000-\u007f]*$/.test(line) ? line.length : encoder.encode(line).length;
}
