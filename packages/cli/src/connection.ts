// One connection to the server, over its unix socket or TCP; typed calls and the few raw routes.
import type { Readable } from 'node:stream';
import type { WebSocket } from 'undici';
import { type Client, createClient } from '@dopq/contract/client';
import { EXIT, Failure, failureOf } from './failure.ts';
import { findServer, type ServerAddress } from './find-server.ts';
import { type Ask, openHttp, readText } from './http-request.ts';

/** A call that takes longer has met a server that hangs. */
const CALL_TIMEOUT_MS = 30_000;
const UNREACHABLE = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT']);

export interface Connection extends AsyncDisposable {
  readonly client: Client;
  /** GET of a raw route; the body as it comes. */
  read(path: string, query: Record<string, string>, signal?: AbortSignal): Promise<Readable>;
  /** A WebSocket to a raw route; a query key may be there several times. */
  webSocket(path: string, query: [string, string][]): Promise<WebSocket>;
  /** PUT of a body of known size. */
  put(
    path: string,
    query: Record<string, string>,
    body: Readable,
    bytes: number,
    signal?: AbortSignal,
  ): Promise<unknown>;
}

export async function connect(options: { config?: string | undefined }): Promise<Connection> {
  return connectTo(await findServer(options));
}

export function connectTo(address: ServerAddress): Connection {
  const http = openHttp(address);
  const { origin, token } = address;
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const send = async (route: string, ask: Ask) =>
    await http
      .send(route, { ...ask, headers: { ...ask.headers, ...authorization } })
      .catch((error: unknown) => fail(error, address));
  const withQuery = (path: string, query: Record<string, string>) => `${path}?${new URLSearchParams(query).toString()}`;
  return {
    client: createClient(origin, async (input, init) => {
      const sent = new Request(input, init);
      const signal = AbortSignal.any([sent.signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
      const body = sent.method === 'GET' ? undefined : await sent.text();
      const { pathname, search } = new URL(sent.url);
      const headers = Object.fromEntries(sent.headers);
      const answer = await send(pathname + search, { method: sent.method, headers, body, signal });
      const text = await readText(answer).catch((error: unknown) => fail(error, address));
      const type = answer.headers['content-type'];
      return new Response(text, { status: answer.statusCode ?? 500, headers: type ? { 'content-type': type } : {} });
    }),
    async read(path, query, signal) {
      const answer = await send(withQuery(path, query), { signal });
      if ((answer.statusCode ?? 500) >= 400) throw await refusal(await readText(answer));
      return answer;
    },
    async webSocket(path, query) {
      // Only this needs it, and it takes longer to load than all the rest.
      const { Agent, WebSocket } = await import('undici');
      const { socketPath } = address;
      const dispatcher = new Agent(socketPath === undefined ? {} : { connect: { socketPath } });
      const url = new URL(`${path}?${new URLSearchParams(query).toString()}`, origin);
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      return new WebSocket(url, { dispatcher, headers: authorization });
    },
    async put(path, query, body, bytes, signal) {
      const headers = { 'content-length': String(bytes), 'content-type': 'application/octet-stream' };
      const answer = await send(withQuery(path, query), { method: 'PUT', body, headers, signal });
      const text = await readText(answer);
      if ((answer.statusCode ?? 500) >= 400) throw await refusal(text);
      return parseJson(text);
    },
    [Symbol.asyncDispose]: async () => http[Symbol.dispose](),
  };
}

/** What a command does with a connection; closed whatever happens. */
export async function withServer<T>(
  options: { config?: string | undefined },
  act: (connection: Connection) => Promise<T>,
): Promise<T> {
  await using connection = await connect(options);
  return await act(connection);
}

/** @throws Failure always: who could not be reached, why, and how to start it */
function fail(error: unknown, address: ServerAddress): never {
  const cause = error as Error;
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') {
    throw new Failure(`You may not use the DoPQ at ${address.words}.`, {
      fix: 'Use the account it runs as, for example with sudo.',
      exitCode: EXIT.unreachable,
      cause,
    });
  }
  if (cause.name === 'TimeoutError') {
    throw new Failure(`The DoPQ at ${address.words} takes calls and does not answer.`, {
      fix: 'See its log, or restart it: containers go on running.',
      exitCode: EXIT.unreachable,
      cause,
    });
  }
  if (cause.name === 'AbortError') throw cause;
  if (code !== undefined && /CERT|SIGNED|VERIFY|TLS/.test(code)) {
    throw new Failure(`The certificate of ${address.words} is not trusted here (${cause.message}).`, {
      fix: 'If it is the right server, name its authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem.',
      exitCode: EXIT.unreachable,
      cause,
    });
  }
  const words =
    code !== undefined && UNREACHABLE.has(code) ? 'No DoPQ answers' : `The connection broke (${cause.message})`;
  throw new Failure(`${words} at ${address.words}.`, {
    fix: address.start ? `Start it with \`${address.start}\`.` : 'Is it running, and is DOPQ_HOST right?',
    exitCode: EXIT.unreachable,
    cause,
  });
}

async function refusal(text: string): Promise<Failure> {
  const { RawError } = await import('@dopq/contract');
  const answer = RawError.safeParse(parseJson(text));
  if (!answer.success) return new Failure(`The server answered what this dopq cannot read: ${text.slice(0, 200)}`);
  return failureOf({ code: answer.data.code, message: answer.data.message, fix: answer.data.data?.fix });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
