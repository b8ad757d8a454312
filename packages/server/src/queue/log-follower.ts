// Run logs, copied out of the engine while the job runs, so that rotation there loses nothing and the log outlives the
// container. Each line in the file starts with the engine's timestamp: that is also where a restart goes on.
import { createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Engine } from '../engines/engine.ts';
import { lastTimestamp } from '../run-log.ts';
import { LogResume } from './log-resume.ts';

/**
 * Copies a container's log into `file` until the container ends, going on after what is there already. It may stop too
 * early: an engine whose container ends while its log is being followed leaves out what it had not sent yet (half of 5 MB in
 * three of four tries with `docker logs -f`, Docker 20.10). Of an ended container the rest is read with `follow: false`.
 * @throws EngineError if the engine goes away, the file system's error if the disk does; call again to go on
 */
export async function followLog(
  engine: Engine,
  containerId: string,
  file: string,
  { signal, follow = true }: CopyOptions,
): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const resumeAfter = await readLastTimestamp(file);
  const source = await engine.container(containerId).logs(
    {
      follow,
      timestamps: true,
      ...(resumeAfter === undefined ? {} : { since: Math.floor(Date.parse(resumeAfter)) }),
    },
    signal,
  );
  const target = createWriteStream(file, { flags: 'a', mode: 0o640 });
  await pipeline(source, new LogResume(resumeAfter), target, { signal });
}

interface CopyOptions {
  signal: AbortSignal;
  /** Whether to wait for more than there is; default yes. */
  follow?: boolean;
}

/** How much of a log's end is searched for its last complete line; more of it if that line is longer. */
const TAIL_BYTES = 256 * 1024;

async function readLastTimestamp(file: string): Promise<string | undefined> {
  const handle = await open(file, 'a+', 0o640);
  try {
    const { size } = await handle.stat();
    if (size === 0) return undefined;
    for (let length = Math.min(size, TAIL_BYTES); ; length = Math.min(size, 4 * length)) {
      const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
      const end = buffer.lastIndexOf(0x0a) + 1;
      const timestamp = lastTimestamp(buffer.subarray(0, end).toString('latin1'));
      if (timestamp === undefined && length < size) continue;
      // A line cut by a crash is taken out, so that it is written again whole and never twice.
      if (end < length) await handle.truncate(size - length + end);
      return timestamp;
    }
  } finally {
    await handle.close();
  }
}
