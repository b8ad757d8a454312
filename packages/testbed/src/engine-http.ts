// The few requests the harness itself makes to an engine: no client library, so that tests of ours do not test it too.
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';

export interface EngineReply {
  status: number;
  body: string;
}

export function callEngine(
  socketPath: string,
  method: string,
  path: string,
  { body, timeoutMs = 60_000 }: { body?: Readable; timeoutMs?: number } = {},
): Promise<EngineReply> {
  return new Promise((resolve, reject) => {
    const headers = body ? { 'content-type': 'application/x-tar' } : {};
    const call = request({ socketPath, method, path, headers, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    call.once('error', reject);
    if (body) body.once('error', (error) => call.destroy(error)).pipe(call);
    else call.end();
  });
}

/** True if the engine answers now. */
export async function isAnswering(socketPath: string, timeoutMs = 2000): Promise<boolean> {
  const reply = await callEngine(socketPath, 'GET', '/_ping', { timeoutMs }).catch(() => undefined);
  return reply?.status === 200;
}
