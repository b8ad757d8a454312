// Files in a folder that other people can write to. The folder is held by its descriptor and every name is looked up
// through it, so nothing that is renamed or linked while we work can lead elsewhere; nothing is followed, nothing blocks.
import { createHash } from 'node:crypto';
import { type BigIntStats, constants, type Dirent, existsSync } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, statfs, unlink } from 'node:fs/promises';
import { isUnfinished, UNFINISHED_MODE } from '../../conventions/unfinished-folder.ts';
import { newName, oldName } from './leftovers.ts';
import { pendingCalls } from './pending-calls.ts';
import { userMounts } from './user-mounts.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;

/** Where Linux offers open descriptors as folders; elsewhere the plain path has to do. */
const DESCRIPTORS = existsSync('/proc/self/fd') ? '/proc/self/fd' : undefined;

/** A name in a folder that is not what it has to be: a link, a FIFO, a folder, a file with a second name. */
export class UnsafeFile extends Error {
  override name = 'UnsafeFile';
}

/** ino:size:mtime, within an inbox equal only for the very same untouched file. Not the device: a share mounted anew gets another. */
export function identityOf(stats: BigIntStats): string {
  return `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
}

/** Who owns it, and whether nobody else may write to it. */
export function ownerOf(stats: BigIntStats): { uid: number; isPrivate: boolean } {
  return { uid: Number(stats.uid), isPrivate: (stats.mode & 0o022n) === 0n };
}

export class SafeDir implements AsyncDisposable {
  readonly path: string;
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Opens a folder named by the configuration; links on the way to it are the administrator's. */
  static async open(path: string): Promise<SafeDir> {
    return new SafeDir(path, await pendingCalls.track(open(path, O_RDONLY | O_DIRECTORY)));
  }

  /** Opens a folder inside. @throws if it is a link, no folder, or a file system that a user has mounted there */
  async dir(name: string): Promise<SafeDir> {
    if ((await userMounts()).has(`${this.path}/${name}`)) {
      throw Object.assign(new UnsafeFile(`${name} is a file system of a user`), { code: 'ENOTDIR' });
    }
    const handle = await pendingCalls.track(open(this.#at(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    return new SafeDir(`${this.path}/${name}`, handle);
  }

  /**
   * Opens a folder inside, making it if it is not there; for this folder's owner, where no other is given. One that was made
   * and not given away, because its maker died, is given away now.
   */
  async makeDir(name: string, { mode = 0o700, uid }: { mode?: number; uid?: number } = {}): Promise<SafeDir> {
    const made = await pendingCalls.track(mkdir(this.#at(name), { mode: UNFINISHED_MODE })).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    const dir = await this.dir(name);
    if (made || isUnfinished(await dir.own())) {
      await this.#giveAway(dir.#handle, uid);
      await pendingCalls.track(dir.#handle.chmod(mode)).catch(() => undefined);
    }
    return dir;
  }

  list(): Promise<Dirent[]> {
    return pendingCalls.track(readdir(this.#base(), { withFileTypes: true }));
  }

  /** What the folder itself is. */
  own(): Promise<BigIntStats> {
    return pendingCalls.track(this.#handle.stat({ bigint: true }));
  }

  /** Type of the file system, as statfs(2) numbers it. */
  async fileSystem(): Promise<number> {
    return (await pendingCalls.track(statfs(this.#base()))).type;
  }

  /** What a name is, links not followed; undefined if there is nothing. */
  async find(name: string): Promise<BigIntStats | undefined> {
    try {
      return await pendingCalls.track(lstat(this.#at(name), { bigint: true }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Opens a regular file with one name for reading. @throws UnsafeFile for anything else */
  async openFile(name: string): Promise<FileHandle> {
    const handle = await pendingCalls.track(open(this.#at(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)).catch((error) => {
      if (['ELOOP', 'ENXIO', 'EMLINK'].includes(error.code)) throw new UnsafeFile(`${name} is not a regular file`);
      throw error;
    });
    const stats = await pendingCalls.track(handle.stat());
    if (stats.isFile() && stats.nlink === 1) return handle;
    await handle.close();
    throw new UnsafeFile(
      stats.isFile() ? `${name} has ${stats.nlink} names (hard links)` : `${name} is not a regular file`,
    );
  }

  /** Makes a new file for the folder's owner. @throws EEXIST if the name is taken by anything */
  async create(name: string, mode: number): Promise<FileHandle> {
    const handle = await pendingCalls.track(open(this.#at(name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
    await this.#giveAway(handle);
    await pendingCalls.track(handle.chmod(mode)).catch(() => undefined);
    return handle;
  }

  /** Puts text under a name in one step, whatever stood there; only a folder of that name is in the way. */
  async replace(name: string, text: string): Promise<void> {
    const temporary = newName();
    const handle = await this.create(temporary, 0o644);
    try {
      await pendingCalls.track(handle.writeFile(text));
    } finally {
      await handle.close();
    }
    try {
      await pendingCalls.track(rename(this.#at(temporary), this.#at(name)));
    } catch (error) {
      await this.remove(temporary);
      throw error;
    }
  }

  /** Moves a file into `to` under the first free of `names`; never over another file. Answers the name it got. */
  async move(name: string, to: SafeDir, names: Iterable<string>): Promise<string> {
    for (const candidate of names) {
      if (await this.#moveTo(name, to, candidate)) return candidate;
    }
    throw new Error(`no free name for ${name} in ${to.path}`);
  }

  /** Removes a name, not what it leads to. Nothing there is fine. */
  async remove(name: string): Promise<void> {
    await pendingCalls.track(unlink(this.#at(name))).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }

  /**
   * Removes a file only if it still is the one of this identity. It is first moved out of everybody's sight, because a
   * name can be given to another file between a look and a removal.
   * @param sha256 of the file when it was of this identity. With it a file counts as the same whose time alone was set since:
   *   who copies a file may do so after its last byte
   * @returns false if another file stood there; that one keeps its name
   */
  async removeSame(name: string, identity: string, sha256?: string): Promise<boolean> {
    const aside = oldName(name);
    await pendingCalls.track(rename(this.#at(name), this.#at(aside)));
    const stats = await this.find(aside);
    const isSame =
      stats === undefined ||
      identityOf(stats) === identity ||
      (sha256 !== undefined && isTouched(stats, identity) && (await this.#sha256Of(aside)) === sha256);
    if (isSame) {
      await this.remove(aside);
      return true;
    }
    await this.move(aside, this, freeNames(name));
    return false;
  }

  async #sha256Of(name: string): Promise<string | undefined> {
    const hash = createHash('sha256');
    try {
      await using file = await this.openFile(name);
      for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk);
      return hash.digest('hex');
    } catch {
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  async #moveTo(name: string, to: SafeDir, candidate: string): Promise<boolean> {
    try {
      await pendingCalls.track(link(this.#at(name), to.#at(candidate)));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return false;
      // Shares without hard links (CIFS, FUSE): look first, then rename; two movers of one name are not expected.
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error;
      if (await to.find(candidate)) return false;
      await pendingCalls.track(rename(this.#at(name), to.#at(candidate)));
      return true;
    }
    await this.remove(name);
    return true;
  }

  /** What root makes in a user's folder belongs to the folder's owner, who may want to delete it. */
  async #giveAway(handle: FileHandle, to?: number): Promise<void> {
    const { uid, gid } = await pendingCalls.track(this.#handle.stat());
    // Not kept by every share, and not allowed unless we are root: then it stays ours.
    await pendingCalls.track(handle.chown(to ?? uid, gid)).catch(() => undefined);
  }

  #base(): string {
    return DESCRIPTORS ? `${DESCRIPTORS}/${this.#handle.fd}` : this.path;
  }

  #at(name: string): string {
    if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
      throw new UnsafeFile(`${JSON.stringify(name)} is no file name`);
    }
    return `${this.#base()}/${name}`;
  }
}

/** Nothing but its time differs. */
function isTouched(stats: BigIntStats, identity: string): boolean {
  return identity.startsWith(`${stats.ino}:${stats.size}:`);
}

/** `job.zip`, `job.2.zip`, `job.3.zip` ... */
export function* freeNames(file: string, limit = 10_000): Generator<string> {
  yield file;
  const dot = file.lastIndexOf('.');
  const [stem, suffix] = dot > 0 ? [file.slice(0, dot), file.slice(dot)] : [file, ''];
  for (let number = 2; number <= limit; number++) yield `${stem}.${number}${suffix}`;
}
