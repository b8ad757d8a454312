// HTTP by Node's own client: it is in memory already, and a short command's time goes into loading code.
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import type { ServerAddress } from './find-server.ts';

export interface Ask {
  method?: string;
  headers?: Record<string, string>;
  body?: Readable | string | undefined;
  signal?: AbortSignal | undefined;
}

export interface HttpClient extends Disposable {
  /** @throws Error of the system (`code`), or the signal's reason */
  send(route: string, ask?: Ask): Promise<IncomingMessage>;
}

export function openHttp({ origin, socketPath }: ServerAddress): HttpClient {
  const isTls = origin.startsWith('https:');
  const agent = isTls ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  const request = isTls ? tlsRequest : httpRequest;
  return {
    send: (route, { method = 'GET', headers = {}, body, signal } = {}) =>
      new Promise((resolve, reject) => {
        const options = { method, headers, agent, ...(socketPath && { socketPath }), ...(signal && { signal }) };
        const sent = request(new URL(route, origin), options, resolve);
        sent.once('error', (error) => reject(signal?.aborted ? (signal.reason as Error) : error));
        if (body === undefined || typeof body === 'string') sent.end(body);
        else body.once('error', (error) => sent.destroy(error)).pipe(sent);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

export async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
