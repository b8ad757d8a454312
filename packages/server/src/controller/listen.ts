// One set of routes behind several listeners: the admin socket, users' sockets, TCP with or without TLS.
import { once } from 'node:events';
import { createServer, type RequestListener, type ServerOptions, STATUS_CODES } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ListenOptions, Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { Duplex } from 'node:stream';
import { ERRORS } from '@dopq/contract';
import type { FastifyInstance } from 'fastify';
import { takeUpgrades } from './upgrades.ts';
import { type Door, markDoor } from './doors.ts';

/** Who takes longer to say what they want is cut off; bodies have their own deadlines, an upload may take hours. */
const HTTP: ServerOptions = {
  headersTimeout: 10_000,
  connectionsCheckingInterval: 2000,
  requestTimeout: 0,
  keepAliveTimeout: 72_000,
};

export interface Tls {
  cert: Buffer;
  key: Buffer;
}

export interface ListenerOptions {
  tls?: Tls | undefined;
  maxConnections?: number;
  /** Whether somebody may connect from that address; default everybody. */
  admits?: ((address: string) => boolean) | undefined;
}

export interface Listener extends AsyncDisposable {
  /** Port of TCP; 0 for a unix socket. */
  readonly port: number;
  /** Has new connections use another certificate. @throws Error if it is none */
  renew(tls: Tls): void;
}

/** What is no HTTP at all comes past the routes. */
function answerNonsense({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  if (code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, message] = NONSENSE[code ?? ''] ?? [400, 'That is no HTTP request.'];
  const body = JSON.stringify({ code: 'BAD_REQUEST', status, message, data: { fix: ERRORS.BAD_REQUEST.fix } });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const NONSENSE: Record<string, [number, string]> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are too long.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
};

/** @throws Error as Node's `listen` gives it, for example EADDRINUSE */
export async function listen(
  app: FastifyInstance,
  door: Door,
  where: ListenOptions,
  { tls, maxConnections, admits }: ListenerOptions = {},
): Promise<Listener> {
  const take: RequestListener = (request, response) => {
    markDoor(request, door);
    app.routing(request, response);
  };
  const server = tls ? createTlsServer({ ...HTTP, ...tls }, take) : createServer(HTTP, take);
  server.on('clientError', answerNonsense);
  const endUpgrades = takeUpgrades(server, take);
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  if (admits) {
    server.on('connection', (socket: Socket) => {
      if (!admits(socket.remoteAddress ?? '')) socket.destroy();
    });
  }
  server.listen(where);
  await once(server, 'listening');
  const address = server.address();
  return {
    renew: (renewed) => {
      if (server instanceof TlsServer) server.setSecureContext(renewed);
    },
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      // A followed log stays open for hours and must not hold the server's stop.
      server.closeAllConnections();
      endUpgrades();
      await closed;
    },
  };
}
