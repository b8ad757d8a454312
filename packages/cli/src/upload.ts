import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { Job, RAW_ROUTES } from '@dopq/contract';
import type { Connection } from './connection.ts';
import { formatBytes, formatDuration } from './format.ts';
import { openStatusLine } from './status-line.ts';

export interface Upload {
  file: string;
  bytes: number;
  /** File name the job is known by. */
  name: string;
  user?: string | undefined;
}

/** Sends an archive, showing how far it is on a terminal. @returns the job it became */
export async function uploadArchive(connection: Connection, upload: Upload, signal: AbortSignal): Promise<Job> {
  const { file, bytes, name, user } = upload;
  using status = openStatusLine();
  const startedAt = performance.now();
  let sent = 0;
  let shown = -1;
  const body = createReadStream(file).pipe(
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sent += chunk.length;
        const percent = Math.floor((sent / bytes) * 100);
        if (percent !== shown) status.show(uploadWords(sent, bytes, performance.now() - startedAt));
        shown = percent;
        done(null, chunk);
      },
    }),
  );
  return Job.parse(await connection.put(RAW_ROUTES.upload, { name, ...(user && { user }) }, body, bytes, signal));
}

/** A rate says something only after a while. */
const RATE_AFTER_MS = 1000;

/** `uploading 120 MiB of 1.2 GiB, 10 %, 45 MiB/s, 24s left`. */
function uploadWords(sent: number, bytes: number, tookMs: number): string {
  const parts = [`uploading ${formatBytes(sent)} of ${formatBytes(bytes)}`, `${Math.floor((sent / bytes) * 100)} %`];
  if (tookMs >= RATE_AFTER_MS && sent > 0) {
    const perMs = sent / tookMs;
    parts.push(`${formatBytes(perMs * 1000)}/s`, `${formatDuration((bytes - sent) / perMs)} left`);
  }
  return parts.join(', ');
}
