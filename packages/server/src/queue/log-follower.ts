// Run logs, copied out of the engine while the job runs, so that rotation there loses nothing and the log outlives the
// container. Each line in the file starts with the engine's timestamp: that is also where a restart goes on.
import { createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Engine } from '../engines/engine.ts';
import { Mask } from '../secrets/mask.ts';
import { lastTimestamp } from '../run-log.ts';
import { LogResume } from './log-resume.ts';

/**
 * Copies a container's log into `file` until the container ends, going on after what is there already.
 * @throws EngineError if the engine goes away, the file system's error if the disk does; call again to go on
 */
export async function followLog(
  engine: Engine,
  containerId: string,
  file: string,
  { signal, secrets }: { signal: AbortSignal /** What must not get into the file. */; secrets: readonly string[] },
): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const resumeAfter = await readLastTimestamp(file);
  const source = await engine.container(containerId).logs(
    {
      follow: true,
      timestamps: true,
      ...(resumeAfter === undefined ? {} : { since: Math.floor(Date.parse(resumeAfter)) }),
    },
    signal,
  );
  const target = createWriteStream(file, { flags: 'a', mode: 0o640 });
  await pipeline(source, new LogResume(resumeAfter), new Mask(secrets), target, { signal });
}

/** How much of a log's end is searched for its last complete line. */
const TAIL_BYTES = 256 * 1024;

async function readLastTimestamp(file: string): Promise<string | undefined> {
  const handle = await open(file, 'a+', 0o640);
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, TAIL_BYTES);
    if (length === 0) return undefined;
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    // A line cut by a crash is taken out, so that it is written again whole and never twice.
    const end = buffer.lastIndexOf(0x0a) + 1;
    if (end < length) await handle.truncate(size - length + end);
    return lastTimestamp(buffer.subarray(0, end).toString('utf8'));
  } finally {
    await handle.close();
  }
}
