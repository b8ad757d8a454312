// Where a request came in says a part of who calls: each listener marks what it takes.
import type { IncomingMessage } from 'node:http';

export type Door = { kind: 'admin socket' } | { kind: 'user socket'; user: string } | { kind: 'tcp' };

const doors = new WeakMap<IncomingMessage, Door>();

export function markDoor(request: IncomingMessage, door: Door): void {
  doors.set(request, door);
}

/** Undefined for a request that no listener took. */
export function doorOf(request: IncomingMessage): Door | undefined {
  return doors.get(request);
}
