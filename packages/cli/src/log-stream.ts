import { RAW_ROUTES } from '@dopq/contract/routes';
import type { Connection } from './connection.ts';
import { TerminalText } from './terminal-text.ts';

export interface LogRequest {
  id: number;
  kind: 'run' | 'build';
  follow: boolean;
  tail?: number | undefined;
  /** When each line was written, before it. */
  timestamps?: boolean | undefined;
  /** Bytes as they are, for files and programs. */
  raw?: boolean | undefined;
}

/** Copies a job's log to stdout; with `follow` until the job has ended. */
export async function copyLog(connection: Connection, wanted: LogRequest, signal?: AbortSignal): Promise<void> {
  const { id, kind, follow, tail, raw, timestamps } = wanted;
  const query = {
    kind,
    follow: follow ? '1' : '0',
    ...(tail !== undefined && { tail: String(tail) }),
    ...(timestamps && { timestamps: '1' }),
  };
  const body = await connection.read(RAW_ROUTES.log(id), query, signal);
  const decoder = new TextDecoder();
  const text = new TerminalText();
  for await (const chunk of body as AsyncIterable<Buffer>) {
    await write(raw ? chunk : text.clean(decoder.decode(chunk, { stream: true })));
  }
  if (!raw) await write(text.clean(decoder.decode()));
}

function write(data: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(data, (error) => (error ? reject(error) : resolve()));
  });
}
