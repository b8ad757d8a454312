// `/outdir/<user>` on the host: made, and given to the user's uid, before the container sees it.
import { constants } from 'node:fs';
import { lstat, mkdir, open } from 'node:fs/promises';
import type { ContainerSpec, Mount } from '../engines/engine.ts';
import { isUnfinished, UNFINISHED_MODE } from '../conventions/unfinished-folder.ts';
import { OUTPUT_TARGET } from '../conventions/output-target.ts';

/** A folder of `mount.volumes` cannot be used; the message says what to do. */
export class FolderError extends Error {
  override name = 'FolderError';
}

/**
 * Makes the user's output folder and checks that the others are there. Those are not made: if one is missing, a disk is
 * not mounted, and a folder in its place would hide that.
 * @throws FolderError if something is missing or something else stands in its place: nothing is followed or replaced
 */
export async function prepareFolders(spec: Pick<ContainerSpec, 'mounts' | 'user'>): Promise<void> {
  const [uid = 0, gid = 0] = spec.user.split(':').map(Number);
  for (const mount of spec.mounts) {
    if (mount.target === OUTPUT_TARGET) await makeOwn(mount, uid, gid);
    await checkFolder(mount);
  }
}

async function makeOwn({ source }: Mount, uid: number, gid: number): Promise<void> {
  try {
    await mkdir(source, { mode: UNFINISHED_MODE });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST')
      throw new FolderError(`${source} could not be made (${code}). Is the disk of mount.volumes mounted?`, {
        cause: error,
      });
  }
  await giveAway(source, uid, gid);
}

/** Also one whose maker died before. Anybody else's is left as it is, whatever it is. */
async function giveAway(source: string, uid: number, gid: number): Promise<void> {
  const found = await lstat(source).catch(() => undefined);
  if (!found?.isDirectory() || !isUnfinished(found)) return;
  await using folder = await open(source, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  if (process.getuid?.() === 0) await folder.chown(uid, gid);
  await folder.chmod(0o750);
}

async function checkFolder({ source, target }: Mount): Promise<void> {
  const found = await lstat(source).catch((error: unknown) => {
    throw new FolderError(`${source} is not there. Is the disk of mount.volumes mounted?`, { cause: error });
  });
  if (!found.isDirectory())
    throw new FolderError(`${source} is not a folder, so ${target} cannot be mounted. Move it away.`);
}
