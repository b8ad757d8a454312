// Packs a folder into a zip in a temporary file: .dockerignore respected, links followed only to files inside the folder.
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdtemp, opendir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { parseDockerIgnore } from './docker-ignore.ts';
import { Failure } from './failure.ts';

export interface PackedFolder extends AsyncDisposable {
  file: string;
  bytes: number;
  /** What stayed behind, and why. */
  leftOut: string[];
}

interface Entry {
  /** Path in the zip. */
  name: string;
  file: string;
  mode: number;
  modifiedAt: Date;
}

/** @throws Failure if there is nothing in it that could be a submission */
export async function packFolder(folder: string): Promise<PackedFolder> {
  const { entries, leftOut } = await listEntries(folder);
  if (!entries.some(({ name }) => path.posix.basename(name) === 'container_config.json')) {
    throw new Failure(`${folder} has no container_config.json.`, {
      fix: 'Put one beside the Dockerfile; the folders in examples/ show how it looks.',
    });
  }
  const temporary = await mkdtemp(path.join(tmpdir(), 'dopq-submit-'));
  const remove = () => rm(temporary, { recursive: true, force: true });
  try {
    const file = path.join(temporary, 'submission.zip');
    await writeZip(file, entries);
    return { file, bytes: (await stat(file)).size, leftOut, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The files of a folder that belong into its zip, in a stable order. */
export async function listEntries(folder: string): Promise<{ entries: Entry[]; leftOut: string[] }> {
  const root = await realpath(folder);
  const isIgnored = parseDockerIgnore(await readFile(path.join(root, '.dockerignore'), 'utf8').catch(() => ''));
  const entries: Entry[] = [];
  const leftOut: string[] = [];
  for (const name of await listNames(root, '')) {
    if (isIgnored(name)) continue;
    const file = path.join(root, name);
    const found = await lstat(file);
    const reason = found.isFile() ? undefined : await whyNot(root, file, found.isSymbolicLink());
    if (reason) leftOut.push(`${name} (${reason})`);
    else {
      const { mode, mtime } = await stat(file);
      entries.push({ name, file, mode, modifiedAt: mtime });
    }
  }
  return { entries, leftOut };
}

/** Every file and link below, never through a link. A folder that .dockerignore names may hold what a later line keeps. */
async function listNames(root: string, below: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of await opendir(path.join(root, below))) {
    const name = path.posix.join(below, entry.name);
    if (entry.isDirectory()) names.push(...(await listNames(root, name)));
    else names.push(name);
  }
  return names.sort();
}

/** Why something that is no plain file stays behind; undefined for a link to a file inside the folder. */
async function whyNot(root: string, file: string, isLink: boolean): Promise<string | undefined> {
  if (!isLink) return 'neither a file nor a folder';
  const target = await realpath(file).catch(() => undefined);
  if (target === undefined) return 'a link that leads nowhere';
  if (!target.startsWith(root + path.sep)) return 'a link out of the folder';
  return (await stat(target)).isFile() ? undefined : 'a link to a folder';
}

async function writeZip(file: string, entries: Entry[]): Promise<void> {
  const { ZipWriter } = await import('@zip.js/zip.js');
  const sink = Writable.toWeb(createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  const zip = new ZipWriter(sink, { useWebWorkers: false, level: 6 });
  for (const entry of entries) {
    const data = Readable.toWeb(createReadStream(entry.file)) as ReadableStream<Uint8Array>;
    await zip.add(entry.name, data, { unixMode: entry.mode, lastModDate: entry.modifiedAt });
  }
  await zip.close();
}
