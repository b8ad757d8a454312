// The session's cookie. Browsers share cookies among all ports of a host, so its name carries the id of this DoPQ.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LIFE_MS } from './accounts/session.ts';

function nameOf(instance: string): string {
  return `dopq_session_${instance}`;
}

export function readSessionCookie(request: FastifyRequest, instance: string): string | undefined {
  const name = nameOf(instance);
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** @param secret null takes the cookie away */
export function writeSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  instance: string,
  secret: string | null,
): void {
  const parts = [
    `${nameOf(instance)}=${secret ?? ''}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    `Max-Age=${secret === null ? 0 : LIFE_MS / 1000}`,
    // On plain HTTP, which is loopback only, a browser would not keep a secure one.
    ...(request.protocol === 'https' ? ['Secure'] : []),
  ];
  reply.header('set-cookie', parts.join('; '));
}
