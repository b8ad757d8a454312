// The directory of a zip, with every check that needs no unpacking: names, kinds, sizes, doubles.
import type { FileHandle } from 'node:fs/promises';
import * as zip from '@zip.js/zip.js';
import { type ArchiveFailure, refusal } from './archive-failure.ts';
import { isJunk, readEntryName } from './entry-name.ts';
import { failureOf, refuseAmbiguous } from './zip-failure.ts';

export interface ZipLimits {
  maxEntries: number;
  maxUnpackedBytes: number;
}

/** Packed data of an honest submission rarely shrinks below a hundredth; only big ones are looked at. */
const MAX_RATIO = 200;
const RATIO_MATTERS_BYTES = 256 * 1024 ** 2;
/** The directory is read into memory at once. */
const MAX_DIRECTORY_BYTES = 64 * 1024 ** 2;

const TYPE_MASK = 0o170000;
const REGULAR = 0o100000;
const FOLDER = 0o040000;
const KINDS: Record<number, string> = {
  0o120000: 'a symbolic link',
  0o010000: 'a FIFO',
  0o140000: 'a socket',
  0o020000: 'a character device',
  0o060000: 'a block device',
};

const READ_OPTIONS = {
  strictness: 'balanced',
  filenameValidation: 'tolerant',
  maxAppendedDataSize: 0,
  checkLocalDirectory: true,
  checkLocalFilename: true,
  checkOverlappingEntry: true,
  checkCrc32: true,
} as const;

/**
 * The files of an archive by path, sorted, without what Finder and Explorer add.
 * @param archive the file name its owner knows it by
 * @throws ArchiveFailure saying what is wrong and where
 */
export async function readDirectory(
  handle: FileHandle,
  archive: string,
  limits: ZipLimits,
): Promise<Map<string, zip.FileEntry>> {
  const { size } = await handle.stat();
  const zipReader = new zip.ZipReader(new HandleReader(handle, size, archive), READ_OPTIONS);
  const listed = new Listing(archive, limits);
  try {
    for await (const entry of zipReader.getEntriesGenerator()) listed.add(entry);
  } catch (error) {
    throw failureOf(error, { archive });
  }
  refuseAmbiguous(zipReader.warnings ?? [], archive);
  return listed.checked(size);
}

class HandleReader extends zip.Reader<FileHandle> {
  readonly #handle: FileHandle;
  readonly #name: string;

  constructor(handle: FileHandle, size: number, name: string) {
    super(handle);
    this.#handle = handle;
    this.#name = name;
    this.size = size;
  }

  override async readUint8Array(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (wanted > MAX_DIRECTORY_BYTES) throw tooManyEntries(this.#name, 'a directory of more than 64 MiB');
    const buffer = new Uint8Array(wanted);
    let filled = 0;
    while (filled < wanted) {
      const { bytesRead } = await this.#handle.read(buffer, filled, wanted - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled === wanted ? buffer : buffer.slice(0, filled);
  }
}

class Listing {
  readonly #archive: string;
  readonly #limits: ZipLimits;
  readonly #files = new Map<string, zip.FileEntry>();
  readonly #folders = new Set<string>();
  #count = 0;
  #claimedBytes = 0;

  constructor(archive: string, limits: ZipLimits) {
    this.#archive = archive;
    this.#limits = limits;
  }

  add(entry: zip.Entry): void {
    const { maxEntries, maxUnpackedBytes } = this.#limits;
    if (++this.#count > maxEntries) throw tooManyEntries(this.#archive, `more than ${maxEntries} entries`);
    this.#claimedBytes += entry.uncompressedSize;
    if (this.#claimedBytes > maxUnpackedBytes) throw tooBig(this.#archive, maxUnpackedBytes);
    const path = checkedPath(entry, this.#archive);
    if (path === '' || isJunk(path)) return;
    if (isFolder(entry)) this.#folders.add(path);
    else if (this.#files.has(path)) throw this.#doubled(path, 'is in the archive twice');
    else this.#files.set(path, entry as zip.FileEntry);
  }

  /** What has been listed, after the checks that need all of it. */
  checked(packedBytes: number): Map<string, zip.FileEntry> {
    this.#refuseClashes();
    if (this.#claimedBytes > RATIO_MATTERS_BYTES && this.#claimedBytes > MAX_RATIO * packedBytes) {
      const fix = 'Leave large empty or repetitive files out and make them in the Dockerfile.';
      const message = 'unpacks to far more than its size (a zip bomb)';
      throw refusal({ archive: this.#archive }, `at most ${MAX_RATIO} times its packed size`, message, fix);
    }
    return new Map([...this.#files].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A path cannot be a file and a folder at once. */
  #refuseClashes(): void {
    const folders = new Set<string>();
    for (const path of this.#folders) this.#addFolder(path, folders);
    for (const path of this.#files.keys()) this.#addFolder(parentOf(path), folders);
  }

  /** Goes up until a folder is met that was looked at before. */
  #addFolder(path: string, folders: Set<string>): void {
    for (let folder = path; folder !== '' && !folders.has(folder); folder = parentOf(folder)) {
      if (this.#files.has(folder)) throw this.#doubled(folder, 'is a file and a folder at once');
      folders.add(folder);
    }
  }

  #doubled(entry: string, message: string): ArchiveFailure {
    return refusal(
      { archive: this.#archive, entry },
      'every name once',
      message,
      'Zip the folder again into a new file.',
    );
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function checkedPath(entry: zip.Entry, archive: string): string {
  const name = readEntryName(entry.rawFilename);
  const shown = Buffer.from(entry.rawFilename).toString('utf8');
  const place = { archive, entry: shown };
  if (!name.ok) throw refusal(place, 'a relative UTF-8 path inside the archive', name.why, name.fix);
  if (entry.encrypted) throw refusal(place, 'no passwords', 'is protected by a password', 'Zip it without a password.');
  const kind = unixTypeOf(entry);
  if (kind !== 0 && kind !== REGULAR && kind !== FOLDER) {
    const what = KINDS[kind] ?? 'a special file';
    throw refusal(
      place,
      'only files and folders',
      `is ${what}`,
      'Put the file itself in its place ("zip -r" without "-y" follows links).',
    );
  }
  if (isFolder(entry) && entry.uncompressedSize > 0) {
    throw refusal(
      place,
      'a folder has no contents of its own',
      'is a folder with contents',
      'Zip the folder again into a new file.',
    );
  }
  return name.path;
}

function unixTypeOf(entry: zip.Entry): number {
  const outside = (entry.externalFileAttributes >>> 16) & TYPE_MASK;
  const inside = (entry.unixMode ?? 0) & TYPE_MASK;
  return outside === 0 || outside === REGULAR || outside === FOLDER ? inside || outside : outside;
}

function isFolder(entry: zip.Entry): boolean {
  const last = entry.rawFilename.at(-1);
  return entry.directory || last === 0x2f || last === 0x5c;
}

export function tooBig(archive: string, maxUnpackedBytes: number): ArchiveFailure {
  return refusal(
    { archive },
    `at most ${gigabytes(maxUnpackedBytes)} GiB unpacked`,
    'unpacks to more than is allowed',
    'Leave data sets out (mount them), or ask the administrator to raise "[fetcher] max.unpacked".',
  );
}

function tooManyEntries(archive: string, message: string): ArchiveFailure {
  return refusal(
    { archive },
    'a limited number of entries',
    `has ${message}`,
    'Leave data out of the zip, or pack many small files into one archive inside it.',
  );
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1).replace(/\.0$/, '');
}
