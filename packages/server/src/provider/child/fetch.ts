// Brings an archive from the share to a place that nobody else can write to. Everything is checked on that copy.
import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { mkdir, open, rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { pendingCalls } from './pending-calls.ts';
import { identityOf, ownerOf, type SafeDir } from './safe-dir.ts';

export type Fetched =
  | { ok: true; sha256: string; bytes: number }
  /** Somebody wrote to the file, replaced or removed it meanwhile: look at it again. */
  | { ok: false; why: 'changed' | 'gone' };

const CHUNK_BYTES = 1024 * 1024;

export interface Owner {
  uid: number;
  /** Nobody else may write to it. */
  isPrivate: boolean;
}

/** What a file was when it was found settled. */
export interface Expected {
  identity: string;
  /** Null where owners are not kept, or do not matter. */
  owner: Owner | null;
}

/**
 * Copies a file out of an inbox and sees to it that the copy is on disk.
 */
export async function fetchArchive(
  inbox: SafeDir,
  file: string,
  expected: Expected,
  copyPath: string,
  signal: AbortSignal,
): Promise<Fetched> {
  await using source = await inbox.openFile(file);
  const before = await pendingCalls.track(source.stat({ bigint: true }));
  if (!isSame(before, expected)) return { ok: false, why: 'changed' };
  await mkdir(dirname(copyPath), { recursive: true, mode: 0o700 });
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  await using copy = await open(copyPath, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let bytes = 0;
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await pendingCalls.track(source.read(buffer, 0, buffer.length, bytes));
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    await copy.write(chunk, 0, bytesRead, bytes);
    bytes += bytesRead;
  }
  await copy.sync();
  const after = await pendingCalls.track(source.stat({ bigint: true }));
  const now = await inbox.find(file);
  if (now === undefined) return { ok: false, why: 'gone' };
  if (!isSame(after, expected) || !isSame(now, expected)) return { ok: false, why: 'changed' };
  return { ok: true, sha256: hash.digest('hex'), bytes };
}

function isSame(stats: BigIntStats, { identity, owner }: Expected): boolean {
  return identityOf(stats) === identity && (owner === null || isDeepStrictEqual(ownerOf(stats), owner));
}

/** Removes a copy that turned out to be of no use. */
export async function dropCopy(copyPath: string): Promise<void> {
  await rm(dirname(copyPath), { recursive: true, force: true });
}

/** Why `bytes` more do not fit if `minFree` (0 to 1) of the disk has to stay free; undefined if they do. */
export async function spaceProblem(folder: string, bytes: number, minFree: number): Promise<string | undefined> {
  const disk = await statfs(folder);
  const total = disk.blocks * disk.bsize;
  const free = disk.bavail * disk.bsize - bytes;
  if (free >= minFree * total) return undefined;
  return `waits for disk space: ${folder} has ${showBytes(disk.bavail * disk.bsize)} free of ${showBytes(total)}, and ${Math.round(minFree * 100)} % have to stay free`;
}

/** `12.3 MB`, as file managers show it. */
export function showBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
