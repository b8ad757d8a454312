import type { Readable } from 'node:stream';

/** Longest line that is kept; a line beyond it means that this is not a stream of JSON lines. Characters. */
const LONGEST_LINE = 16 * 1024 * 1024;

/**
 * The values of a stream with one JSON value per line (events, build output), as fast as they are taken: the engine
 * waits while nobody reads. Throws what the stream throws.
 */
export async function* readJsonLines<T>(stream: Readable): AsyncGenerator<T> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw new Error('the engine sent a line of more than 16 MB');
    for (const line of lines) {
      if (line.trim() !== '') yield JSON.parse(line) as T;
    }
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as T;
}
