// A zip ends with its directory: without that end record it is still being copied, or was cut off.
import type { FileHandle } from 'node:fs/promises';
import { pendingCalls } from './pending-calls.ts';
import type { EndRecord } from './settling.ts';

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const TAR_BLOCK_BYTES = 512;

/** Looks for a zip's end record in the file's last 64 kB. Junk after it is a matter for the later checks. */
export async function readZipEnd(file: FileHandle, size: number): Promise<EndRecord> {
  if (size === 0) return { complete: false, why: 'the file is empty' };
  const tail = await readAt(file, Math.max(0, size - END_BYTES - MAX_COMMENT_BYTES), size);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) === END_SIGNATURE) return { complete: true };
  }
  return { complete: false, why: 'the end of the zip has not arrived' };
}

/** A tar ends with two blocks of zeros, a compressed one has no mark that could be seen without reading it all. */
export async function readTarEnd(file: FileHandle, size: number): Promise<EndRecord> {
  if (size === 0) return { complete: false, why: 'the file is empty' };
  const magic = await readAt(file, 0, Math.min(2, size));
  if (magic[0] === 0x1f && magic[1] === 0x8b) return { complete: true };
  const tail = await readAt(file, Math.max(0, size - 2 * TAR_BLOCK_BYTES), size);
  const ended = size % TAR_BLOCK_BYTES === 0 && tail.length === 2 * TAR_BLOCK_BYTES && tail.every((byte) => byte === 0);
  return ended ? { complete: true } : { complete: false, why: 'the end of the tar has not arrived' };
}

/** Bytes `from` up to `to`, fewer if the file has shrunk meanwhile. */
async function readAt(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(to - from);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await pendingCalls.track(file.read(buffer, filled, buffer.length - filled, from + filled));
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
