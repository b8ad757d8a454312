// Test archives in memory.
import { randomBytes } from 'node:crypto';
import { ReadableStream, TransformStream } from 'node:stream/web';
import { configure, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';

configure({ useWebWorkers: false });

export interface ZipFile {
  content: string | Uint8Array;
  /** Unix permissions, for example 0o755 for a script. */
  mode?: number;
  /** The entry is a symbolic link and `content` its target. */
  symlink?: boolean;
  /** Encrypts the entry. */
  password?: string;
}

export interface ZipOptions {
  /** 0 stores, 9 packs hardest; default 6. */
  level?: number;
  zip64?: boolean;
  comment?: string;
  modifiedAt?: Date;
}

const SYMLINK = 0o120777;

/** Packs files by name; a name that ends with `/` is an empty directory. */
export async function zip(
  files: Record<string, string | Uint8Array | ZipFile>,
  { level = 6, zip64 = false, comment, modifiedAt = new Date(2026, 0, 1) }: ZipOptions = {},
): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), {
    level,
    zip64,
    lastModDate: modifiedAt,
    extendedTimestamp: false,
  });
  for (const [name, value] of Object.entries(files)) {
    const file: ZipFile = typeof value === 'string' || value instanceof Uint8Array ? { content: value } : value;
    const bytes = typeof file.content === 'string' ? new TextEncoder().encode(file.content) : file.content;
    const directory = name.endsWith('/');
    await writer.add(name, directory ? undefined : new Uint8ArrayReader(bytes), {
      directory,
      unixMode: file.symlink ? SYMLINK : (file.mode ?? (directory ? 0o755 : 0o644)),
      ...(file.password !== undefined && { password: file.password }),
    });
  }
  return await writer.close(comment === undefined ? undefined : new TextEncoder().encode(comment));
}

const PIECE_BYTES = 1024 ** 2;

/** A zip that is made while it is read, for one that would not fit into memory; a number stands for so many bytes that cannot be packed. */
export function zipStream(files: Record<string, string | number>): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = new ZipWriter(writable, { level: 0 });
  const write = async () => {
    for (const [name, content] of Object.entries(files)) {
      const bytes = typeof content === 'string' ? [new TextEncoder().encode(content)] : randomPieces(content);
      await writer.add(name, ReadableStream.from(bytes));
    }
    await writer.close();
  };
  write().catch((error: unknown) => void writable.abort(error).catch(() => undefined));
  return readable;
}

function* randomPieces(bytes: number): Generator<Uint8Array> {
  const piece = randomBytes(PIECE_BYTES);
  for (let left = bytes; left > 0; left -= PIECE_BYTES) yield piece.subarray(0, Math.min(left, PIECE_BYTES));
}
