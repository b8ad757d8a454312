// `dopq restore`: puts a copy in place of the database while no server runs. What was there is kept.
import { existsSync, readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { checkDatabase, copyDatabase, nameBackup } from './backups.ts';
import { lockData } from './data-lock.ts';
import { migrations } from './migrations/index.ts';
import { StoreError } from './store-error.ts';

export interface Restored {
  /** Jobs in the database that is in place now. */
  jobs: number;
  /** Where the former database is, undefined if there was none. */
  former: string | undefined;
}

/** If the former database cannot say how many jobs it had given numbers to, so many are left out. */
const NUMBERS_LEFT_OUT = 10_000;

/**
 * @throws DataInUseError if a server runs on this data directory, StoreError if `file` is no database of ours that this
 *   version can open
 */
export function restoreDatabase(dataDir: string, file: string, now: number): Restored {
  using _lock = lockData(dataDir, now);
  const version = checkDatabase(file);
  if (version === 0) throw new StoreError(`${file} is no database of DoPQ.`);
  if (version > migrations.length) {
    throw new StoreError(
      `${file} was written by a newer DoPQ (schema ${version}, this one knows ${migrations.length}).`,
    );
  }
  const database = path.join(dataDir, 'dopq.db');
  const part = `${database}.part`;
  copyDatabase(file, part);
  const numbered = lastNumberIn(database);
  skipNumbers(part, numbered);
  const former = moveAside(dataDir, database, now);
  renameSync(part, database);
  return { jobs: count(database), former };
}

/**
 * Containers, logs and archives of jobs that came after the copy still carry their numbers. Given out again, one of those
 * containers would be taken for the new job's own.
 */
function skipNumbers(file: string, numbered: number | undefined): void {
  using sqlite = new DatabaseSync(file);
  const { seq = 0 } = (sqlite.prepare("select seq from sqlite_sequence where name = 'jobs'").get() ?? {}) as {
    seq?: number;
  };
  const next = numbered === undefined ? seq + NUMBERS_LEFT_OUT : Math.max(seq, numbered);
  if (seq === 0) sqlite.prepare("insert into sqlite_sequence (name, seq) values ('jobs', ?)").run(next);
  else sqlite.prepare("update sqlite_sequence set seq = ? where name = 'jobs'").run(next);
}

/** The highest number a job of this database ever had; undefined if it cannot be read. */
function lastNumberIn(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  try {
    // Only read: a damaged one and what lies beside it are kept as they are.
    using sqlite = new DatabaseSync(file, { readOnly: true });
    const row = sqlite.prepare("select seq from sqlite_sequence where name = 'jobs'").get() as
      | { seq: number }
      | undefined;
    return row?.seq ?? 0;
  } catch {
    return undefined;
  }
}

/** Renamed with what belongs to it, so that even a damaged one is there to be looked at. */
function moveAside(dataDir: string, database: string, now: number): string | undefined {
  if (!existsSync(database)) return undefined;
  const former = nameBackup(dataDir, 'before-restore', now);
  // The write-ahead log belongs to the file beside it: beside another one it would be applied to that.
  for (const name of readdirSync(dataDir).filter((entry) => /^dopq\.db(-wal|-shm)?$/.test(entry))) {
    renameSync(path.join(dataDir, name), former + name.slice('dopq.db'.length));
  }
  return former;
}

function count(file: string): number {
  using sqlite = new DatabaseSync(file);
  return (sqlite.prepare('select count(*) as jobs from jobs').get() as { jobs: number }).jobs;
}

/** `dopq backup`: a copy of the database as it is now, whether a server runs or not. @returns its path @throws StoreError */
export function backupDatabase(dataDir: string, to: string, options: { force: boolean }): string {
  const target = path.resolve(to);
  if (existsSync(target) && !options.force) {
    throw new StoreError(`${target} exists. Name another file, or overwrite it with --force.`);
  }
  copyDatabase(path.join(dataDir, 'dopq.db'), target);
  return target;
}
