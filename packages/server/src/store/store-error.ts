/** The database cannot be used; the message says what to do. */
export class StoreError extends Error {
  override name = 'StoreError';
}

/** The disk took no more of it, or failed. Nothing of the change was recorded; the same may work again later. */
export class StorageError extends Error {
  override name = 'StorageError';
}

/** SQLite's codes for a disk that is full, fails, or may only be read. */
const DISK_CODES = new Set([8, 10, 13]);

/** A failure of the disk as a StorageError; any other error as it is. */
export function storageErrorOf(error: unknown, file: string): unknown {
  const code = (error as { errcode?: number } | null)?.errcode;
  if (code === undefined || !DISK_CODES.has(code & 0xff)) return error;
  const words = (error as Error).message;
  return new StorageError(`${file} cannot be written (${words}). Make room on its disk; DoPQ goes on by itself.`, {
    cause: error,
  });
}
