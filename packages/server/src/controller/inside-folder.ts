// Files in a folder that others write to, seen by a server that may be root: each part of a path is opened through the
// descriptor of the part before it and no link is followed, so nothing that is swapped meanwhile leads elsewhere.
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;
const MOST_ENTRIES = 5000;

/** It is not there, or it is nothing that may be opened. */
export class NotInside extends Error {
  override name = 'NotInside';
}

/**
 * Opens a regular file with one name.
 * @param root the folder; the last part of it, too, must be no link
 * @param path parts separated by `/`; none of them may be empty, `.` or `..`
 * @throws NotInside
 */
export async function openFileInside(root: string, path: string): Promise<{ file: FileHandle; stats: Stats }> {
  const parts = partsOf(path);
  const name = parts.pop() ?? '';
  await using folder = await openFolder(root, parts);
  const file = await openPart(folder, name, O_NONBLOCK);
  const stats = await file.stat();
  // A second name may be one outside.
  if (stats.isFile() && stats.nlink === 1) return { file, stats };
  await file.close();
  throw new NotInside(`${path} is no plain file`);
}

export interface Entry {
  name: string;
  stats: Stats;
}

/** @throws NotInside */
export async function listInside(root: string, path: string): Promise<{ entries: Entry[]; more: boolean }> {
  await using folder = await openFolder(root, partsOf(path));
  const names = (await readdir(through(folder))).toSorted();
  const entries: Entry[] = [];
  for (const name of names.slice(0, MOST_ENTRIES)) {
    const stats = await lstat(`${through(folder)}/${name}`).catch(() => undefined);
    if (stats) entries.push({ name, stats });
  }
  return { entries, more: names.length > MOST_ENTRIES };
}

function partsOf(path: string): string[] {
  const parts = path === '' ? [] : path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) {
    throw new NotInside(`${path} is no path inside`);
  }
  return parts;
}

async function openFolder(root: string, parts: readonly string[]): Promise<FileHandle> {
  let folder = await open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).catch(refuse(root));
  for (const part of parts) {
    const outer = folder;
    try {
      folder = await openPart(outer, part, O_DIRECTORY);
    } finally {
      await outer.close();
    }
  }
  return folder;
}

function openPart(folder: FileHandle, name: string, flags: number): Promise<FileHandle> {
  return open(`${through(folder)}/${name}`, O_RDONLY | O_NOFOLLOW | flags).catch(refuse(name));
}

/** The folder by its descriptor, whatever has become of its name. */
const through = (folder: FileHandle): string => `/proc/self/fd/${folder.fd}`;

function refuse(name: string) {
  return (error: NodeJS.ErrnoException): never => {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EMLINK', 'ENAMETOOLONG'].includes(error.code ?? '')) {
      throw new NotInside(`${name} is not there, or is a link`);
    }
    throw error;
  };
}
