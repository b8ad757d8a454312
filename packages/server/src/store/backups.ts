// Copies of the database: whole and checked, made while it is in use, kept in `<data>/backups` when they are ours.
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { StoreError } from './store-error.ts';

/** Daily copies that are kept. Those made before an upgrade or a restore are never removed by us. */
const DAILY_KEPT = 7;
/** Pages copied in one step. */
const WHOLE = 2 ** 30;
const DAILY = /^daily-.*\.db$/;

export interface Backup {
  file: string;
  madeAt: number;
}

export function backupsIn(dataDir: string): string {
  return path.join(dataDir, 'backups');
}

/** Newest first. */
export function listBackups(dataDir: string): Backup[] {
  const dir = backupsIn(dataDir);
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((name) => name.endsWith('.db'))
    .map((name) => ({ file: path.join(dir, name), madeAt: statSync(path.join(dir, name)).mtimeMs }))
    .sort((a, b) => b.madeAt - a.madeAt);
}

/** What a person does when the database cannot be used: names the newest copy and the command that brings it back. */
export function restoreWords(dataDir: string): string {
  const [newest] = listBackups(dataDir);
  if (!newest) return `There is no backup in ${backupsIn(dataDir)}.`;
  const made = new Date(newest.madeAt).toISOString();
  return `The newest backup is of ${made}: \`dopq restore ${newest.file}\` brings it back.`;
}

/**
 * Copies a database to a new file, as it is at one moment, while others go on writing to it.
 * @throws StoreError if the copy is damaged or there is no room for it; then there is no file
 */
export function copyDatabase(from: string, to: string): void {
  using source = opened(from);
  makeCopy(to, (part) => source.prepare('vacuum into ?').run(part));
}

/** The same in a thread of its own, so that the server goes on meanwhile. */
export async function copyInBackground(from: string, to: string): Promise<void> {
  // Not the connection that writes: SQLite keeps its last error per connection, and two threads would read each other's.
  using source = opened(from);
  const part = `${to}.part`;
  rmSync(part, { force: true });
  // All in one step: a copy in several begins anew whenever somebody writes in between.
  await backup(source, part, { rate: WHOLE });
  finishCopy(part, to);
}

/** A name in `<data>/backups` that sorts by time. Makes the folder. */
export function nameBackup(dataDir: string, why: string, at: number): string {
  mkdirSync(backupsIn(dataDir), { recursive: true, mode: 0o700 });
  return path.join(backupsIn(dataDir), `${why}-${new Date(at).toISOString().replaceAll(/[:.]/g, '')}.db`);
}

/** Removes the oldest daily copies. */
export function pruneBackups(dataDir: string): void {
  const daily = listBackups(dataDir).filter(({ file }) => DAILY.test(path.basename(file)));
  for (const { file } of daily.slice(DAILY_KEPT)) rmSync(file, { force: true });
}

/**
 * Looks whether a file is a whole database.
 * @returns its schema's number
 * @throws StoreError saying what is wrong with it
 */
export function checkDatabase(file: string): number {
  using database = opened(file);
  return schemaOf(database, file);
}

/** The number of the schema of a database that is whole. @throws StoreError if it is damaged */
export function schemaOf(sqlite: DatabaseSync, file: string): number {
  try {
    const problems = sqlite.prepare('pragma quick_check(1)').all() as { quick_check: string }[];
    const problem = problems.find(({ quick_check: words }) => words !== 'ok')?.quick_check;
    if (problem !== undefined) throw new StoreError(`${file} is damaged: ${problem}`);
    return (sqlite.prepare('pragma user_version').get() as { user_version: number }).user_version;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`${file} is damaged: ${(error as Error).message}`, { cause: error });
  }
}

function opened(file: string): DatabaseSync {
  if (!existsSync(file)) throw new StoreError(`There is no file ${file}.`);
  try {
    return new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  } catch (error) {
    throw new StoreError(`${file} cannot be opened: ${(error as Error).message}`, { cause: error });
  }
}

function makeCopy(to: string, make: (part: string) => void): void {
  const part = `${to}.part`;
  rmSync(part, { force: true });
  try {
    make(part);
  } catch (error) {
    rmSync(part, { force: true });
    throw new StoreError(`${to} cannot be written: ${(error as Error).message}`, { cause: error });
  }
  finishCopy(part, to);
}

/** Complete and on the disk before it has its name: what has the name can be restored. */
function finishCopy(part: string, to: string): void {
  try {
    checkDatabase(part);
    chmodSync(part, 0o600);
    const handle = openSync(part, 'r+');
    fsyncSync(handle);
    closeSync(handle);
    renameSync(part, to);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}
