import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';

/** sizeof(sockaddr_un.sun_path) on Linux, less the final zero byte; macOS has 103. */
const MAX_SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;

/**
 * Makes room for a unix socket: removes the one that a killed server left.
 * @throws Error if the path cannot be a socket, something else stands there, or a living server answers on it
 */
export async function clearSocketPath(socket: string): Promise<void> {
  const bytes = Buffer.byteLength(socket);
  if (bytes > MAX_SOCKET_PATH_BYTES) {
    throw new Error(
      `The socket's path has ${bytes} bytes, the system allows ${MAX_SOCKET_PATH_BYTES}: ${socket}. ` +
        'Set [controller] socket to a shorter path in a private folder.',
    );
  }
  const found = await lstat(socket).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found) return;
  if (!found.isSocket()) throw new Error(`${socket} is there and is no socket. Move it away.`);
  if (await answers(socket))
    throw new Error(`Another DoPQ answers on ${socket}. Stop it first, or use another data directory.`);
  await unlink(socket);
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    const end = (answer: boolean) => {
      probe.destroy();
      resolve(answer);
    };
    probe.once('connect', () => end(true));
    probe.once('error', () => end(false));
  });
}
