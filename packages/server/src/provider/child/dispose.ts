// Where an archive goes that will not run: back to its owner's `invalid/`, or to the folder of failed builds. Nothing is
// deleted because it could not be read, and nothing is written over.
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { MAX_NAME_BYTES, shortened } from '../file-names.ts';
import type { Config } from '../../config/shape.ts';
import { INVALID_FOLDER } from '../../conventions/invalid-folder.ts';
import type { Disposal, Facts, Order } from '../protocol.ts';
import { dropCopy } from './fetch.ts';
import { newName } from './leftovers.ts';
import { pendingCalls } from './pending-calls.ts';
import { freeNames, identityOf, type SafeDir } from './safe-dir.ts';
import { isShareGone, openInbox } from './share.ts';

type Expiry = Omit<Extract<Order, { kind: 'expire' }>, 'kind'>;
type Disposed = Omit<Facts['disposed']['ask'], 'jobId'>;

/** @throws if the share is away; it has to be tried again then */
export async function dispose(config: Config, disposal: Disposal): Promise<Disposed> {
  const { zipPath, inbox, file, to } = disposal;
  if (zipPath === null) return inbox === null ? gone : await moveWithinInbox(config, inbox, file);
  if (to === 'failed' || inbox === null) return await moveToFailed(config, disposal.jobId, zipPath);
  try {
    return await giveBack(config, inbox, file, disposal.jobId, zipPath);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !(await exists(zipPath))) return gone;
    if (await isShareGone(config)) throw error;
    // The inbox is gone, or something stands where `invalid` should be.
    return await moveToFailed(config, disposal.jobId, zipPath);
  }
}

/**
 * Removes a receipt and, if it is given, the refused archive it was about: only the untouched one that we put there.
 * @returns whether that archive is gone
 */
export async function expire(config: Config, { inbox, receiptName, refused }: Expiry): Promise<boolean> {
  await using dir = await openInbox(config, inbox);
  await dir.remove(`${receiptName}.status.txt`);
  await dir.remove(`${receiptName}.status.json`);
  if (refused === null || dirname(refused.zipPath) !== join(inbox, INVALID_FOLDER)) return false;
  await using invalid = await dir.dir(INVALID_FOLDER);
  const name = basename(refused.zipPath);
  const stats = await invalid.find(name);
  if (!stats?.isFile() || Number(stats.size) !== refused.bytes) return false;
  if (Number(stats.mtimeMs) > Date.now() - config.fetcher.keepReceiptsMs) return false;
  return await invalid.removeSame(name, identityOf(stats));
}

const gone: Disposed = { to: 'removed', zipPath: null };

/** A file that was withdrawn before it was taken. */
async function moveWithinInbox(config: Config, inbox: string, file: string): Promise<Disposed> {
  try {
    await using dir = await openInbox(config, inbox);
    if (!(await dir.find(file))) return gone;
    await using invalid = await dir.makeDir(INVALID_FOLDER);
    const name = await dir.move(file, invalid, freeNames(file));
    return { to: 'invalid', zipPath: join(inbox, INVALID_FOLDER, name) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !(await isShareGone(config))) return gone;
    throw error;
  }
}

async function giveBack(
  config: Config,
  inbox: string,
  file: string,
  jobId: number,
  zipPath: string,
): Promise<Disposed> {
  await using dir = await openInbox(config, inbox);
  await using invalid = await dir.makeDir(INVALID_FOLDER);
  const temporary = newName(jobId);
  await invalid.remove(temporary);
  await copyInto(zipPath, invalid, temporary);
  const name = await invalid.move(temporary, invalid, freeNames(file));
  await dropCopy(zipPath);
  return { to: 'invalid', zipPath: join(inbox, INVALID_FOLDER, name) };
}

async function copyInto(from: string, dir: SafeDir, name: string): Promise<void> {
  await using source = await open(from, 'r');
  await using target = await dir.create(name, 0o600);
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (let at = 0; ; ) {
    const { bytesRead } = await source.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) break;
    await pendingCalls.track(target.write(buffer, 0, bytesRead, at));
    at += bytesRead;
  }
  await pendingCalls.track(target.sync());
}

async function moveToFailed({ paths }: Config, jobId: number, zipPath: string): Promise<Disposed> {
  const target = join(paths.failed, failedName(jobId, basename(zipPath)));
  await mkdir(paths.failed, { recursive: true, mode: 0o700 });
  try {
    await rename(zipPath, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return (await exists(target)) ? { to: 'failed', zipPath: target } : gone;
    if (code !== 'EXDEV') throw error;
    await copyFile(zipPath, `${target}.part`);
    await rename(`${target}.part`, target);
  }
  await rm(dirname(zipPath), { recursive: true, force: true });
  return { to: 'failed', zipPath: target };
}

/** A name may be as long as a file system takes; with the job's number before it the middle gives way. */
function failedName(jobId: number, file: string): string {
  const prefix = `${jobId}-`;
  const bytes = Buffer.from(file);
  if (prefix.length + bytes.length <= MAX_NAME_BYTES) return prefix + file;
  const suffix = extname(file).slice(0, 20);
  return (
    prefix +
    shortened(file.slice(0, -suffix.length || undefined), MAX_NAME_BYTES - prefix.length - Buffer.byteLength(suffix)) +
    suffix
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await using _file = await open(path, 'r');
    return true;
  } catch {
    return false;
  }
}
