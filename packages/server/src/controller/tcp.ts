// The TCP listener: where the page answers. It comes when it can: a port that is taken, or an address that the machine
// does not have yet while it boots, must not keep the queue from running.
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/shape.ts';
import type { Logger } from '../log.ts';
import type { PartStatus } from './deps.ts';
import { listen, type Listener, type Tls } from './listen.ts';

const RETRY_MS = 5000;
/** More than a department's browsers and scripts hold open, less than would hurt. */
const MAX_CONNECTIONS = 2000;

export interface TcpStatus extends PartStatus {
  /** `http://127.0.0.1:3677`; null while it does not listen. */
  address: string | null;
}

export class TcpDoor implements AsyncDisposable {
  readonly #config: Config['controller'];
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #tls: Tls | undefined;
  #listener: Listener | undefined;
  #retry: NodeJS.Timeout | undefined;
  #status: TcpStatus;

  /** @throws Error if the files of TLS cannot be read */
  constructor({ config, clock, log }: { config: Config; clock: Clock; log: Logger }) {
    this.#config = config.controller;
    this.#clock = clock;
    this.#log = log;
    this.#tls = readTls(this.#config);
    const state = this.#config.port === null ? 'off' : 'starting';
    this.#status = { state, message: null, startedAt: null, address: null };
  }

  status(): TcpStatus {
    return this.#status;
  }

  /** Resolves after the first try, whether it listens then or tries again. */
  async open(app: FastifyInstance): Promise<void> {
    const { host, port } = this.#config;
    if (port === null) return;
    try {
      const options = { tls: this.#tls, maxConnections: MAX_CONNECTIONS };
      this.#listener = await listen(app, { kind: 'tcp' }, { host, port }, options);
      const address = `${this.#tls ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${this.#listener.port}`;
      this.#status = { state: 'running', message: null, startedAt: this.#clock.now(), address };
      this.#log.info({ address }, `the page is at ${address}`);
    } catch (error) {
      const message = complaint(error as NodeJS.ErrnoException, host, port);
      if (message !== this.#status.message) this.#log.warn(message);
      this.#status = { state: 'unreachable', message, startedAt: null, address: null };
      this.#retry = setTimeout(() => void this.open(app), RETRY_MS).unref();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#retry);
    await this.#listener?.[Symbol.asyncDispose]();
  }
}

function complaint({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `${host}, port ${port}`;
  if (code === 'EADDRINUSE') {
    return `another program has ${where}; set [controller] port to another one (or auto, or none). Tried again every ${RETRY_MS / 1000} s`;
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${host} is no address of this machine now; mend [controller] host. Tried again every ${RETRY_MS / 1000} s`;
  }
  if (code === 'EACCES') return `this account may not open ${where}; set [controller] port to one above 1023`;
  return `cannot listen on ${where}: ${message}`;
}

function readTls({ tlsCert, tlsKey }: Config['controller']): Tls | undefined {
  if (tlsCert === null || tlsKey === null) return undefined;
  return { cert: readPem('tls.cert', tlsCert), key: readPem('tls.key', tlsKey) };
}

function readPem(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`[controller] ${name} = ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}
