// From the zip to the engine without anything unpacked on disk, and a name for the content so that it is built once.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import type { ZipArchive, ZipFile } from './zip-archive.ts';

/** The part of an archive that the engine gets: the folder of the Dockerfile. */
export interface Context {
  archive: ZipArchive;
  /** Folder with its slash; empty = the whole archive. */
  folder: string;
  /** Path inside the context. */
  dockerfile: string;
}

const EPOCH_OF_ZIP_MS = Date.UTC(1980, 0, 1);

/** Hash of names, contents and permissions: equal for equal contexts, whatever their times and packing. */
export function hashContext({ archive, folder, dockerfile }: Context, hashes: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256').update(`${dockerfile}\0`);
  for (const file of filesIn(archive, folder)) {
    hash.update(`${file.path.slice(folder.length)}\0${file.mode.toString(8)}\0${hashes.get(file.path)}\0`);
  }
  return hash.digest('hex');
}

/** The context as a tar stream. Reading is as slow as the reader; an error or an abort ends the stream with it. */
export function streamContext({ archive, folder }: Context, signal: AbortSignal): Readable {
  const tar = pack();
  // Whoever reads it meets the error there; until somebody does it must not end the process.
  tar.on('error', () => undefined);
  writeFiles(tar, archive, folder, signal).then(
    () => tar.finalize(),
    (error: Error) => tar.destroy(error),
  );
  // tar-stream has streams of its own kind; the engine's client wants Node's.
  return Readable.from(tar, { objectMode: false });
}

async function writeFiles(
  tar: ReturnType<typeof pack>,
  archive: ZipArchive,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  for (const file of filesIn(archive, folder)) {
    const entry = tar.entry({
      name: file.path.slice(folder.length),
      size: file.bytes,
      mode: file.mode,
      mtime: new Date(Math.max(EPOCH_OF_ZIP_MS, file.modifiedAt.getTime() || 0)),
    });
    // Listened to where we wait for it; in between an abort must not end the process.
    entry.on('error', () => undefined);
    await archive.read(file.path, signal, (chunk) => writeSlowly(entry, chunk));
    await new Promise<void>((resolve, reject) => {
      entry
        .once('error', reject)
        .once('close', () => reject(new Error('the engine stopped reading the build context')));
      entry.end(() => resolve());
    });
  }
}

function writeSlowly(entry: NodeJS.WritableStream & { destroyed?: boolean }, chunk: Uint8Array): void | Promise<void> {
  if (entry.write(chunk)) return;
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      entry.off('drain', settle).off('error', settle).off('close', closed);
      if (error) reject(error);
      else resolve();
    };
    const closed = () => settle(new Error('the engine stopped reading the build context'));
    entry.on('drain', settle).on('error', settle).on('close', closed);
  });
}

function filesIn(archive: ZipArchive, folder: string): ZipFile[] {
  return archive.files.filter(({ path }) => path.startsWith(folder));
}
