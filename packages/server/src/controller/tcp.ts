// The TCP listener: where the page answers. It comes when it can: a port that is taken, or an address that the machine
// does not have yet while it boots, must not keep the queue from running.
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { BlockList, isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../clock.ts';
import { isLoopback } from '../config/cross-checks.ts';
import type { Config } from '../config/shape.ts';
import type { Logger } from '../log.ts';
import type { PartStatus } from './deps.ts';
import { listen, type Listener, type Tls } from './listen.ts';

const RETRY_MS = 5000;
const CERTIFICATE_CHECK_MS = 2000;
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
  #tls: Tls | undefined;
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
      const options = { tls: this.#tls, maxConnections: MAX_CONNECTIONS, admits: this.#admission() };
      this.#listener = await listen(app, { kind: 'tcp' }, { host, port }, options);
      const address = `${this.#tls ? 'https' : 'http'}://${isIPv6(host) ? `[${host}]` : host}:${this.#listener.port}`;
      this.#status = { state: 'running', message: null, startedAt: this.#clock.now(), address };
      this.#watchCertificate();
      this.#log.info({ address }, `the page is at ${address}`);
    } catch (error) {
      const message = complaint(error as NodeJS.ErrnoException, host, port);
      if (message !== this.#status.message) this.#log.warn(message);
      this.#status = { state: 'unreachable', message, startedAt: null, address: null };
      this.#retry = setTimeout(() => void this.open(app), RETRY_MS).unref();
    }
  }

  /** On a network without TLS of ours, only the proxy that adds it is let in. */
  #admission(): ((address: string) => boolean) | undefined {
    const { host, proxies } = this.#config;
    if (this.#tls || isLoopback(host)) return undefined;
    const allowed = new BlockList();
    for (const proxy of proxies) allowed.addAddress(proxy, isIPv6(proxy) ? 'ipv6' : 'ipv4');
    return (address) => {
      const plain = address.replace(/^::ffff:/, '');
      return isLoopback(plain) || allowed.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
    };
  }

  /** Certificates are renewed every few weeks by programs that cannot know whom to tell. */
  #watchCertificate(): void {
    for (const file of this.#certificateFiles())
      watchFile(file, { interval: CERTIFICATE_CHECK_MS, persistent: false }, this.#renew);
  }

  readonly #renew = () => {
    try {
      const tls = readTls(this.#config);
      if (!tls) return;
      this.#listener?.renew(tls);
      this.#tls = tls;
      this.#log.info('the certificate was read again');
    } catch (error) {
      // Half-written, or of two minds: the next change of the files is looked at too.
      this.#log.warn({ err: error }, 'the certificate changed and cannot be used; the one from before stays');
    }
  };

  #certificateFiles(): string[] {
    return [this.#config.tlsCert, this.#config.tlsKey].filter((file) => file !== null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#retry);
    for (const file of this.#certificateFiles()) unwatchFile(file, this.#renew);
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
