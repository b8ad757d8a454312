// An image as `docker save` wrote it, checked before the engine gets it.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { ArchiveFailure, archiveProblem, refusal } from './archive-failure.ts';
import { CONFIG_FILE } from './layout.ts';
import { tooBig } from './zip-directory.ts';

const SAVE = 'Write it with: docker save -o image.tar NAME:TAG';
/** Manifests and the configuration are read into memory. */
const MAX_TEXT_BYTES = 4 * 1024 ** 2;
export interface ImageTar {
  /** A container_config.json put into the tar beside the image, if there is one. */
  config: Buffer | undefined;
}

/**
 * Reads the whole tar.
 * @param maxBytes what it may hold unpacked: a gzipped one may be a bomb
 * @throws ArchiveFailure if it is none, is cut off, is too big, or holds no or several images
 */
export async function inspectImageTar(
  stream: Readable,
  archive: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ImageTar> {
  const texts = new Map<string, Buffer>();
  const reader = extract();
  let unpacked = 0;
  stream.on('data', (chunk: Buffer) => {
    unpacked += chunk.length;
    if (unpacked > maxBytes) stream.destroy(tooBig(archive, maxBytes));
  });
  addAbortSignal(signal, stream)
    .once('error', (error) => reader.destroy(error))
    .pipe(reader);
  try {
    for await (const entry of reader) {
      const name = entry.header.name.replace(/^\.\//, '');
      if (name === 'manifest.json' || name === CONFIG_FILE) texts.set(name, await readSmall(entry, archive, name));
      else entry.resume();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw tarFailure(error, archive);
  }
  checkManifest(texts.get('manifest.json'), archive);
  return { config: texts.get(CONFIG_FILE) };
}

/** A tar file as a stream, unpacked if it is gzipped. */
export async function readTar(path: string): Promise<Readable> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  const stream = createReadStream(path);
  if (bytesRead < 2 || buffer[0] !== 0x1f || buffer[1] !== 0x8b) return stream;
  const unzipped = createGunzip();
  pipeline(stream, unzipped).catch((error: Error) => unzipped.destroy(error));
  return unzipped;
}

function checkManifest(manifest: Buffer | undefined, archive: string): void {
  const rule = 'a tar that "docker save" wrote, with one image in it';
  if (manifest === undefined) throw refusal({ archive }, rule, 'holds no image (no manifest.json)', SAVE);
  const images = parseList(manifest);
  if (images.length === 1) return;
  const names = images.flatMap((image) => (image as { RepoTags?: string[] } | null)?.RepoTags ?? []);
  const shown = names.length > 0 ? `: ${names.slice(0, 5).join(', ')}` : '';
  throw refusal({ archive }, rule, `holds ${images.length} images${shown}`, `Save one. ${SAVE}`);
}

function parseList(text: Buffer): unknown[] {
  try {
    const value: unknown = JSON.parse(text.toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

async function readSmall(entry: AsyncIterable<unknown>, archive: string, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of entry as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_TEXT_BYTES)
      throw refusal({ archive, entry: name }, 'a small text file', 'is larger than 4 MiB', SAVE);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tarFailure(error: unknown, archive: string): Error {
  if (error instanceof ArchiveFailure) return error;
  const { message, code } = error as NodeJS.ErrnoException;
  const aboutTheFile = code?.startsWith('Z_') || /unexpected end|invalid tar|premature close/i.test(message);
  if (!aboutTheFile) return error as Error;
  return new ArchiveFailure(
    true,
    archiveProblem({ archive }, 'a whole tar', `is damaged or cut off (${message})`, SAVE),
  );
}
