// WebSockets come to a server beside its requests; here they become requests, so that they pass the same gate as all others.
import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Upgrade {
  socket: Duplex;
  /** The first bytes after the request, if they came with it. */
  head: Buffer;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** Undefined for an ordinary request. */
export function upgradeOf(request: IncomingMessage): Upgrade | undefined {
  return upgrades.get(request);
}

/** @param take what takes requests @returns how to end all connections that were upgraded */
export function takeUpgrades(
  server: Server,
  take: (request: IncomingMessage, response: ServerResponse) => void,
): () => void {
  const open = new Set<Duplex>();
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    upgrades.set(request, { socket, head });
    const response = new ServerResponse(request);
    // A refusal is an answer like any other, and the end of the connection.
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0]);
    response.once('finish', () => socket.end());
    take(request, response);
  });
  return () => {
    for (const socket of open) socket.destroy();
  };
}
