import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 10;

/** Offset in bytes where the last `lines` lines of a file begin; read from its end, so that a huge log costs nothing. */
export async function findTailOffset(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines <= 0) return size;
  let left = lines;
  let end = size;
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, Math.max(size, 1)));
  while (end > 0) {
    const start = Math.max(0, end - chunk.length);
    const { bytesRead } = await file.read(chunk, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      const isEndOfFile = start + at === size - 1;
      if (chunk[at] === NEWLINE && !isEndOfFile && --left === 0) return start + at + 1;
    }
    end = start;
  }
  return 0;
}
