import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { Job, RAW_ROUTES } from '@dopq/contract';
import type { Connection } from './connection.ts';
import { formatBytes } from './format.ts';

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
  const progress = showProgress(bytes);
  const body = createReadStream(file).pipe(
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        progress.add(chunk.length);
        done(null, chunk);
      },
    }),
  );
  try {
    return Job.parse(await connection.put(RAW_ROUTES.upload, { name, ...(user && { user }) }, body, bytes, signal));
  } finally {
    progress.end();
  }
}

function showProgress(totalBytes: number): { add(bytes: number): void; end(): void } {
  if (!process.stderr.isTTY) return { add() {}, end() {} };
  let sent = 0;
  let shown = -1;
  return {
    add(bytes) {
      sent += bytes;
      const percent = Math.floor((sent / totalBytes) * 100);
      if (percent !== shown) process.stderr.write(`\r\x1b[Kuploading ${formatBytes(totalBytes)}: ${percent} %`);
      shown = percent;
    },
    end: () => process.stderr.write('\r\x1b[K'),
  };
}
