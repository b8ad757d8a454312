// One server per data directory: an exclusive SQLite lock, held while the server lives. The kernel drops it with the
// process, so there is no stale lock to clean up after a crash.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export class DataInUseError extends Error {
  override name = 'DataInUseError';
}

/**
 * Takes the data directory for this process.
 * @throws DataInUseError naming the server that has it
 */
export function lockData(dataDir: string, startedAt: number): Disposable {
  const lock = new DatabaseSync(path.join(dataDir, 'dopq.lock'), { timeout: 0 });
  const ownerFile = path.join(dataDir, 'dopq.pid.json');
  try {
    lock.exec('pragma locking_mode = exclusive; begin exclusive;');
  } catch (error) {
    lock.close();
    throw new DataInUseError(
      `Another DoPQ server uses ${dataDir}${describeOwner(ownerFile)}. Stop it first, or give this one its own data directory.`,
      { cause: error },
    );
  }
  writeFileSync(ownerFile, JSON.stringify({ pid: process.pid, startedAt: new Date(startedAt).toISOString() }));
  return { [Symbol.dispose]: () => lock.close() };
}

function describeOwner(ownerFile: string): string {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(ownerFile, 'utf8')) as { pid: number; startedAt: string };
    return ` (pid ${pid}, since ${startedAt})`;
  } catch {
    return '';
  }
}
