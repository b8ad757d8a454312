// Run logs, copied out of the engine while the job runs, so that rotation there loses nothing and the log outlives the
// container. Each line in the file starts with the engine's timestamp: that is also where a restart goes on.
import { createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Engine } from '../engines/engine.ts';
import { findResumePoint } from '../conventions/run-log.ts';
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

export interface CopyOptions {
  signal: AbortSignal;
  /** Whether to wait for more than there is; default yes. */
  follow?: boolean;
}

async function readLastTimestamp(file: string): Promise<string | undefined> {
  const handle = await open(file, 'a+', 0o640);
  try {
    const { at, timestamp } = await findResumePoint(handle);
    // A line cut by a crash is taken out, so that it is written again whole and never twice.
    if (at < (await handle.stat()).size) await handle.truncate(at);
    return timestamp;
  } finally {
    await handle.close();
  }
}
