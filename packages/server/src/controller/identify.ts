// Who calls: said by the door they came through.
import type { FastifyRequest } from 'fastify';
import type { Caller } from './caller.ts';
import { doorOf } from './doors.ts';

export function identify(request: FastifyRequest): Caller {
  const door = doorOf(request.raw);
  // Whoever reaches the socket in the private data directory is the server's owner.
  if (door?.kind === 'admin socket') return { user: null, role: 'admin', how: 'admin socket', from: 'socket' };
  return { user: null, role: 'anonymous', how: 'nothing', from: request.ip };
}
