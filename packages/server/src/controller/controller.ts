// The remote API in front of everything. It reads the store and records wishes; the queue and the Provider act on them.
import { chmod } from 'node:fs/promises';
import type { ControllerDeps } from './deps.ts';
import { createHttpServer } from './http.ts';
import { clearSocketPath } from './socket.ts';
import { clearIncoming } from './upload.ts';

/**
 * Opens the API on the configured unix socket. The socket's folder has to be private (0700): who can reach it is its owner.
 * @throws Error if the path cannot be used, or another server answers there
 */
export async function startController(deps: ControllerDeps, signal?: AbortSignal): Promise<AsyncDisposable> {
  const { socket } = deps.config.controller;
  await clearIncoming(deps);
  await clearSocketPath(socket);
  const app = await createHttpServer(deps);
  await app.listen({ path: socket, ...(signal && { signal }) });
  await chmod(socket, 0o600);
  deps.log.info({ socket }, 'controller listens');
  return {
    async [Symbol.asyncDispose]() {
      await app.close();
      deps.log.info('controller closed');
    },
  };
}
