// Two tricks of other web sites are ended here: having their own name point at this server (DNS rebinding), and having
// a visitor's browser send requests with the visitor's cookie (CSRF).
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { DopqError } from '@dopq/contract';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/shape.ts';
import type { Caller } from './caller.ts';

/**
 * The name in the address bar has to be one of ours. Addresses are: nobody else can have them point here.
 * @throws DopqError HOST_REFUSED
 */
export function checkHost({ controller }: Config, request: FastifyRequest): void {
  const name = nameIn(request.host);
  const own = ['localhost', hostname().toLowerCase(), controller.host, ...controller.names];
  if (name !== undefined && (isIP(name) > 0 || own.includes(name))) return;
  throw new DopqError('HOST_REFUSED', `This server is not known as "${(request.host ?? '').slice(0, 100)}".`);
}

/**
 * A browser says which page a request comes from: another site's page, even one on another port of this machine, gets
 * nothing.
 * @throws DopqError ORIGIN_REFUSED
 */
export function checkOrigin({ controller }: Config, request: FastifyRequest): void {
  const { origin } = request.headers;
  if (origin === undefined || isOwn(origin, request.host, controller.names)) return;
  throw new DopqError('ORIGIN_REFUSED', `Requests from pages of ${origin.slice(0, 100)} are not answered.`);
}

/**
 * The same for requests without Origin (pictures, scripts, frames), where the browser says at least how far off they are.
 * Following a link to the page is fine.
 * @throws DopqError ORIGIN_REFUSED
 */
export function checkFetchSite(request: FastifyRequest, { how }: Caller): void {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = request.headers;
  if (how !== 'session' || site === undefined || site === 'same-origin' || site === 'none') return;
  if (mode === 'navigate' && request.method === 'GET') return;
  throw new DopqError('ORIGIN_REFUSED', 'Another site made the browser send this request.');
}

function isOwn(origin: string, host: string | undefined, names: readonly string[]): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  // Behind a proxy that does not pass the name on, only the configuration knows it.
  return url.host === host?.toLowerCase() || names.includes(url.hostname);
}

function nameIn(host: string | undefined): string | undefined {
  const url = `http://${host}`;
  return host !== undefined && URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : undefined;
}
