// The folders of config.ini on disk: which are made, which are private, and which must never be made by us.
import { accessSync, chmodSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from './shape.ts';

/**
 * Makes the folders DoPQ keeps for itself and closes the data directory to others (mode 0700). The share and the sources
 * of `mount.volumes` are not made: if they are missing, a network drive is not mounted, and a folder in its place would
 * hide that.
 * @returns warnings about folders that are not as they should be
 * @throws Error with cause and fix if the data directory or container.dir cannot be used
 */
export function makeFolders(config: Config): string[] {
  const { paths } = config;
  need('data.dir', paths.data, () => {
    makeFolder(paths.data, 0o700);
    closeToOthers(paths.data);
  });
  need('container.dir', paths.container, () => makeFolder(paths.container, 0o700));
  return [
    ...warn('log.dir', paths.log, () => makeFolder(paths.log, 0o750)),
    ...warn('failed.dir', paths.failed, () => makeFolder(paths.failed, 0o750)),
    ...config.docker.mounts.flatMap(({ source }) => warn('mount.volumes', source, () => statSync(source))),
  ];
}

/** Makes a folder that others may use as `mode` says; folders above it get the usual mode. Existing ones are left as they are. */
export function makeFolder(folder: string, mode: number): void {
  mkdirSync(dirname(folder), { recursive: true });
  try {
    mkdirSync(folder, { mode });
    // The umask may have taken bits away.
    chmodSync(folder, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`, { cause: error });
  }
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
}

// Who can open the data directory can open the socket, and with it do everything: its mode is the lock on the door.
function closeToOthers(folder: string): void {
  const { mode, uid } = statSync(folder);
  if (mode & 0o1000) throw new Error(`${folder} is shared by design (sticky, as /tmp is); name a folder of DoPQ's own`);
  if (uid !== process.getuid?.())
    throw new Error(`${folder} belongs to uid ${uid}; run DoPQ as that user, or change it`);
  if (mode & 0o077) chmodSync(folder, 0o700);
}

function need(name: string, folder: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw new Error(`[paths] ${name} = ${folder} cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

function warn(name: string, folder: string, act: () => unknown): string[] {
  try {
    act();
    return [];
  } catch (error) {
    return [`${name}: ${folder} cannot be used: ${(error as Error).message}`];
  }
}
