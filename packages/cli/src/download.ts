// Files of a job on this machine: whole or not at all, never outside the folder that was named, and never over what is there.
import { createWriteStream } from 'node:fs';
import { lstat, mkdir, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FileList } from '@dopq/contract';
import { RAW_ROUTES } from '@dopq/contract/routes';
import type { Connection } from './connection.ts';
import { EXIT, Failure, failureOfAny, tell } from './failure.ts';
import { formatBytes } from './format.ts';
import { print, say } from './output.ts';
import { openStatusLine } from './status-line.ts';
import { cleanLine } from './terminal-text.ts';

interface Wishes {
  to?: string;
  all?: boolean;
  force?: boolean;
  signal: AbortSignal;
}

interface Found {
  /** Inside the output folder. */
  path: string;
  bytes: number;
  modifiedAt: Date;
}

type Entry = FileList['entries'][number];

/** To stdout instead of a file. */
const STDOUT = '-';

/** @throws Failure if it is not kept, or cannot be written */
export async function downloadArchive(connection: Connection, id: number, wishes: Wishes): Promise<void> {
  const { file: name } = await connection.client.jobs.get({ id });
  using status = openStatusLine();
  const open = () => connection.read(RAW_ROUTES.archive(id), {}, wishes.signal);
  if (wishes.to === STDOUT) return await toStdout(await open());
  const target = path.join(wishes.to ?? '.', safeName(name));
  await refuseWhatIsThere(target, wishes);
  await save(await open(), target, wishes, (bytes) => status.show(`${name} ${formatBytes(bytes)}`));
  status.clear();
  print(target);
}

/**
 * Fetches files and whole folders; prints where each is. One that fails keeps none of the others from it.
 * @param paths inside the output folder; none = all of it
 * @throws Failure if there is nothing to fetch
 */
export async function downloadFiles(
  connection: Connection,
  id: number,
  paths: readonly string[],
  wishes: Wishes,
): Promise<void> {
  const found = await findFiles(connection.client, id, paths, wishes);
  const open = (file: Found) => connection.read(RAW_ROUTES.file(id), { path: file.path }, wishes.signal);
  const [first] = found;
  if (wishes.to === STDOUT) {
    if (first === undefined || found.length > 1)
      throw new Failure(`stdout takes one file, and these are ${found.length}.`, { exitCode: EXIT.usage });
    return await toStdout(await open(first));
  }
  const folder = wishes.to ?? `job-${id}`;
  const total = found.reduce((sum, { bytes }) => sum + bytes, 0);
  using status = openStatusLine();
  let done = 0;
  for (const file of found) {
    const target = path.join(folder, ...file.path.split('/').map(safeName));
    try {
      await refuseWhatIsThere(target, wishes);
      const show = (bytes: number) => status.show(progressWords(file.path, done + bytes, total));
      await save(await open(file), target, wishes, show);
      await utimes(target, file.modifiedAt, file.modifiedAt);
      status.clear();
      print(target);
    } catch (error) {
      if (wishes.signal.aborted) throw interrupted();
      status.clear();
      process.exitCode = tell(failureOfAny(error));
    }
    done += file.bytes;
  }
}

function progressWords(file: string, bytes: number, total: number): string {
  return `${formatBytes(bytes)} of ${formatBytes(total)}: ${cleanLine(file)}`;
}

/** Every file below the paths, in the order of the paths. */
async function findFiles(
  client: Connection['client'],
  id: number,
  paths: readonly string[],
  { all = false, signal }: Wishes,
): Promise<Found[]> {
  const found: Found[] = [];
  const isWanted = ({ since_start }: Entry) => all || since_start;
  let skipped = 0;
  const addFolder = async (folder: string): Promise<void> => {
    if (signal.aborted) throw interrupted();
    const { entries, more } = await client.jobs.files({ id, path: folder });
    if (more) say(`! ${folder || 'The output folder'} has more files than are listed: name the ones that are missing.`);
    for (const entry of entries) {
      if (entry.kind === 'folder') await addFolder(below(folder, entry.name));
      else if (entry.kind === 'file' && isWanted(entry)) found.push(fileOf(folder, entry));
      else skipped++;
    }
  };
  if (paths.length === 0) await addFolder('');
  for (const one of paths) {
    const entry = one === '' ? undefined : await findEntry(client, id, one);
    // A file that is named is wanted, however old it is.
    if (entry?.kind === 'file') found.push(fileOf(folderOf(one), entry));
    else await addFolder(one);
  }
  if (found.length > 0) return found;
  throw new Failure(`Job #${id} has left nothing there since it started.`, {
    fix: skipped > 0 ? 'Older files of the same user are there: `--list` shows them, `--all` takes them.' : undefined,
    exitCode: EXIT.notFound,
  });
}

async function findEntry(client: Connection['client'], id: number, file: string): Promise<Entry | undefined> {
  const { entries } = await client.jobs.files({ id, path: folderOf(file) });
  return entries.find(({ name }) => name === path.posix.basename(file));
}

const folderOf = (file: string): string => (file.includes('/') ? path.posix.dirname(file) : '');
const below = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

function fileOf(folder: string, { name, bytes, modified_at }: Entry): Found {
  return { path: below(folder, name), bytes, modifiedAt: new Date(modified_at) };
}

/** A server's words lead nowhere else on this machine. @throws Failure */
function safeName(name: string): string {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name)) return name;
  throw new Failure(`"${cleanLine(name)}" is no name for a file here.`);
}

/** @throws Failure */
async function refuseWhatIsThere(target: string, { force = false }: Wishes): Promise<void> {
  const there = await lstat(target).catch(() => undefined);
  if (there === undefined || (force && there.isFile())) return;
  throw new Failure(`${cleanLine(target)} is there already.`, {
    fix: there.isFile()
      ? '`--force` writes over it, `--to FOLDER` puts it elsewhere.'
      : 'Put it elsewhere: --to FOLDER.',
  });
}

/** Beside its place first: who looks there finds the whole file or none. @throws Failure if the connection breaks */
async function save(
  body: NodeJS.ReadableStream,
  target: string,
  { signal }: Wishes,
  show: (bytes: number) => void,
): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const part = `${target}.${process.pid}.part`;
  try {
    await pipeline(body, counted(show), createWriteStream(part, { flags: 'wx' }), { signal });
    await rename(part, target);
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw new Failure(`${cleanLine(target)} could not be fetched: ${(error as Error).message}.`, { cause: error });
  } finally {
    await rm(part, { force: true });
  }
}

/** No faster than anybody reads. */
const SHOW_EVERY_MS = 100;

function counted(show: (bytes: number) => void): Transform {
  let bytes = 0;
  let shownAt = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      const now = performance.now();
      if (now - shownAt >= SHOW_EVERY_MS) {
        show(bytes);
        shownAt = now;
      }
      done(null, chunk);
    },
  });
}

async function toStdout(body: NodeJS.ReadableStream): Promise<void> {
  await pipeline(body, process.stdout, { end: false });
}

function interrupted(): Failure {
  return new Failure('Stopped; what was whole is kept.', { exitCode: EXIT.interrupted });
}
