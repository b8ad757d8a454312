// One HTTP request to an engine. Node's own client: the ready-made ones (docker-modem below dockerode) bring SSH, gRPC and
// protobuf with them, which made up a quarter of the memory of each of our processes and was never used.
import { Agent, type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { parseEndpoint } from './endpoint.ts';

export interface Asked {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With the API version, without the query. */
  path: string;
  /** All but text is sent as JSON, what is undefined is left out. */
  query?: Record<string, unknown> | undefined;
  body?: unknown;
  headers?: Record<string, string> | undefined;
  /** A tar stream to send as the body. */
  tar?: Readable | undefined;
  /** Ends the request, also after its answer has begun. */
  signal: AbortSignal;
}

/** Answers with the response as soon as it begins, whatever its status; rejects if there is none. */
export type Dial = (asked: Asked) => Promise<IncomingMessage>;

/** Makes no call. Throws an Error if `endpoint` cannot be read. */
export function dialer(endpoint: string): Dial {
  const address = parseEndpoint(endpoint);
  // Told to close the connection, the engine does so right after its answer, and Node, which has an empty write left to
  // do, may take the broken pipe for the answer (EPIPE instead of a 409).
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 4 });
  return ({ method, path, query = {}, body, headers, tar, signal }) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const json = body === undefined ? undefined : JSON.stringify(body);
    const call = request({
      ...address,
      agent,
      method,
      path: withQuery(path, query),
      headers: { ...headers, ...(tar ? { 'content-type': 'application/x-tar' } : headersOf(json)) },
      signal,
    });
    call.once('response', resolve);
    // Bytes both ways from here on, over the answer's socket.
    call.once('upgrade', (answer, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(answer);
    });
    // Also after the answer has begun: an abort is told to both, and nobody else listens here any more.
    call.on('error', reject);
    call.once('close', () => reject(new Error('the connection was closed before the answer')));
    if (tar) tar.once('error', (error) => call.destroy(error)).pipe(call);
    else call.end(json);
    return promise;
  };
}

function headersOf(json: string | undefined): Record<string, string | number> {
  return json === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) };
}

function withQuery(path: string, query: Record<string, unknown>): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs).toString()}`;
}
