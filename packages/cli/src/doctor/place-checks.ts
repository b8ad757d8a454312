// The folders of config.ini: can they be used, are they where they should be, is there room, do clocks agree.
import { accessSync, constants, realpathSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatBytes } from '../format.ts';
import { type Check, fail, ok, skip, warn } from './check.ts';
import { isRemote, type Mount, mountOf } from './mounts.ts';

const CLOCK_MS = 5000;

/** The share: there, readable, writable, and told whether events of other machines can be seen on it. */
export function shareChecks(share: string, mounts: readonly Mount[]): Check[] {
  const name = 'share';
  try {
    accessSync(share, constants.R_OK | constants.X_OK);
  } catch (error) {
    return [
      fail(name, `${share} cannot be read: ${(error as Error).message}`, 'Mount it, or correct [paths] network.dir.'),
    ];
  }
  const mount = mountOf(realpathSync(share), mounts);
  const kind = mount === undefined ? 'unknown file system' : `${mount.type}${isRemote(mount) ? ', remote' : ', local'}`;
  const probe = path.join(share, `.dopq-doctor-${process.pid}`);
  try {
    writeFileSync(probe, '', { flag: 'wx' });
    const offMs = Math.abs(statSync(probe).mtimeMs - Date.now());
    rmSync(probe);
    return [ok(name, `${share} is readable and writable (${kind})`), shareClockCheck(offMs)];
  } catch (error) {
    return [
      fail(
        name,
        `${share} cannot be written (${kind}): ${(error as Error).message}`,
        'DoPQ takes zips away and leaves receipts there: let its account write.',
      ),
    ];
  }
}

function shareClockCheck(offMs: number): Check {
  const name = 'share clock';
  if (offMs < CLOCK_MS) return ok(name, 'new files have the right time');
  return warn(
    name,
    `new files are dated ${Math.round(offMs / 1000)} s off`,
    'Let the file server follow a time server.',
  );
}

/** A set-uid file that a job leaves behind is harmless where the file system ignores it. */
export function nosuidCheck(folder: string, mounts: readonly Mount[]): Check {
  const name = 'nosuid';
  const mount = mountOf(folder, mounts);
  if (mount?.options.includes('nosuid')) return ok(name, `${folder} is mounted nosuid`);
  return warn(
    name,
    `${folder} is not mounted nosuid: a set-uid file that a job leaves there would work`,
    `Mount ${mount?.point === '/' ? 'a file system of its own there' : (mount?.point ?? 'it')} with the option nosuid.`,
  );
}

/** SQLite's locks and its memory-mapped index want a local disk (sqlite.org/wal.html). */
export function databaseCheck(folder: string, mounts: readonly Mount[]): Check {
  const name = 'database';
  const mount = mountOf(folder, mounts);
  if (mount && isRemote(mount)) {
    return fail(
      name,
      `${folder} is on ${mount.type}, a network drive: the database can break there`,
      'Put [paths] data.dir on a local disk.',
    );
  }
  return ok(name, `${folder} is on a local disk (${mount?.type ?? 'unknown'})`);
}

/** @param least part of the disk that has to be free, 0 to 1 */
export function diskCheck(use: string, folder: string, least: number): Check {
  const name = `disk: ${use}`;
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    const found = `${formatBytes(bavail * bsize)} of ${formatBytes(blocks * bsize)} free at ${folder}`;
    const fix = `Free some space, or move it to a larger disk.`;
    if (bavail < blocks * least) return fail(name, `${found}, less than ${Math.round(least * 100)} %`, fix);
    if (bavail < blocks * least * 2) return warn(name, `${found}: soon too little`, fix);
    return ok(name, found);
  } catch (error) {
    return skip(name, `${folder}: ${(error as Error).message}`);
  }
}
