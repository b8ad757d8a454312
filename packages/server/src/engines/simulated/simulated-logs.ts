import { Readable } from 'node:stream';
import type { LogOptions } from '../engine.ts';
import type { LiveContainer } from './live-container.ts';
import type { LogLine } from './playback.ts';

/** The lines of a container that match, and with `follow` those that come until it ends. */
export function logStream(container: LiveContainer, options: LogOptions, signal?: AbortSignal): Readable {
  container.play();
  const { since = 0, stdout = true, stderr = true } = options;
  const matches = (line: LogLine) => line.at >= since && (line.stream === 'stdout' ? stdout : stderr);
  const past = container.lines.filter(matches);
  const tail = options.tail === undefined ? past : past.slice(Math.max(0, past.length - options.tail));
  const stream = new Readable({ read: () => undefined });
  const onAbort = () => stream.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', onAbort, { once: true });
  stream.once('close', () => signal?.removeEventListener('abort', onAbort));
  for (const line of tail) stream.push(textOf(line, options));
  if (!options.follow || !container.isRunning) {
    stream.push(null);
    return stream;
  }
  follow(stream, container, (line) => (matches(line) ? textOf(line, options) : undefined));
  return stream;
}

function follow(stream: Readable, container: LiveContainer, show: (line: LogLine) => string | undefined): void {
  let seen = container.lines.at(-1)?.number ?? -1;
  const unlisten = container.listen(() => {
    for (const line of container.lines.slice(
      -((container.lines.at(-1)?.number ?? -1) - seen) || container.lines.length,
    )) {
      const text = show(line);
      if (text !== undefined) stream.push(text);
      seen = line.number;
    }
    if (container.isRunning) return;
    unlisten();
    stream.push(null);
  });
  stream.once('close', unlisten);
}

/** With a timestamp of nanoseconds, of which those below a millisecond only keep lines of one moment in order. */
function textOf(line: LogLine, options: LogOptions): string {
  if (!options.timestamps) return line.text;
  const below = String(line.number % 1_000_000).padStart(6, '0');
  return `${new Date(line.at).toISOString().replace('Z', `${below}Z`)} ${line.text}`;
}
