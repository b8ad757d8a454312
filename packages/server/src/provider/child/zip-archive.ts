// A submitted zip, read once from end to end before anything is believed of it: names, kinds, sizes and checksums.
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import * as zip from '@zip.js/zip.js';
import { readDirectory, tooBig, type ZipLimits } from './zip-directory.ts';
import { failureOf } from './zip-failure.ts';

zip.configure({ useWebWorkers: false });

/** A file of the archive, as its directory describes it. */
export interface ZipFile {
  /** Relative path with single slashes. */
  path: string;
  bytes: number;
  /** Permission bits only. */
  mode: number;
  modifiedAt: Date;
}

/** What Docker gives files of a context that comes from a system without permission bits. */
const DEFAULT_MODE = 0o755;

export class ZipArchive implements AsyncDisposable {
  /** Sorted by path; without what Finder and Explorer add. */
  readonly files: readonly ZipFile[];
  readonly #entries: ReadonlyMap<string, zip.FileEntry>;
  readonly #handle: FileHandle;
  readonly #name: string;
  readonly #limits: ZipLimits;

  private constructor(name: string, handle: FileHandle, entries: Map<string, zip.FileEntry>, limits: ZipLimits) {
    this.#name = name;
    this.#handle = handle;
    this.#entries = entries;
    this.#limits = limits;
    this.files = [...entries].map(([path, entry]) => ({
      path,
      bytes: entry.uncompressedSize,
      mode: modeOf(entry),
      modifiedAt: entry.lastModDate,
    }));
  }

  /**
   * Reads the directory and checks all that needs no unpacking: names, kinds, sizes, doubles.
   * @param name the file name its owner knows it by
   * @throws ArchiveFailure saying what is wrong and where
   */
  static async open(path: string, name: string, limits: ZipLimits): Promise<ZipArchive> {
    const handle = await open(path, 'r');
    try {
      return new ZipArchive(name, handle, await readDirectory(handle, name, limits), limits);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Unpacks everything to nowhere, checking sizes and checksums.
   * @returns path -> SHA-256 of the contents
   * @throws ArchiveFailure naming the entry
   */
  async verify(signal: AbortSignal): Promise<Map<string, string>> {
    const hashes = new Map<string, string>();
    let unpacked = 0;
    for (const [path, entry] of this.#entries) {
      const hash = createHash('sha256');
      await readEntry(entry, this.#name, signal, (chunk) => {
        unpacked += chunk.length;
        if (unpacked > this.#limits.maxUnpackedBytes) throw tooBig(this.#name, this.#limits.maxUnpackedBytes);
        hash.update(chunk);
      });
      hashes.set(path, hash.digest('hex'));
    }
    return hashes;
  }

  /** The bytes of one file, piece by piece; `write` may answer a promise to slow the reading down. */
  async read(path: string, signal: AbortSignal, write: (chunk: Uint8Array) => void | Promise<void>): Promise<void> {
    const entry = this.#entries.get(path);
    if (!entry) throw new Error(`no ${path} in ${this.#name}`);
    await readEntry(entry, this.#name, signal, write);
  }

  /** The first `maxBytes` + 1 bytes of a small file: enough to see that it is larger. */
  async readSmall(path: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    let kept = 0;
    await this.read(path, signal, (chunk) => {
      const piece = chunk.subarray(0, maxBytes + 1 - kept);
      kept += piece.length;
      if (piece.length > 0) chunks.push(piece);
    });
    return Buffer.concat(chunks);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/** Unpacks one entry into `write`, checking size and checksum. */
async function readEntry(
  entry: zip.FileEntry,
  archive: string,
  signal: AbortSignal,
  write: (chunk: Uint8Array) => void | Promise<void>,
): Promise<void> {
  try {
    await entry.getData(new WritableStream<Uint8Array>({ write }), { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw failureOf(error, { archive, entry: Buffer.from(entry.rawFilename).toString('utf8') });
  }
}

function modeOf(entry: zip.Entry): number {
  const mode = (entry.unixMode ?? entry.externalFileAttributes >>> 16) & 0o777;
  return mode === 0 ? DEFAULT_MODE : mode | 0o600;
}
