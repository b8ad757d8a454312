// Opening the database: nothing is changed in a file that is not surely ours, whole and of this version or an older one.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { copyDatabase, listBackups, nameBackup, restoreWords, schemaOf } from './backups.ts';
import { refuseNetworkFileSystem } from './file-system.ts';
import { migrations as all } from './migrations/index.ts';
import { StoreError } from './store-error.ts';

const SETTINGS =
  'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000;';

/**
 * Opens or creates a database (`:memory:` for none on disk) and brings it to this version's schema, in one transaction and
 * after a backup.
 * @param migrations for tests of upgrades
 * @throws StoreError if it is missing although there was one, damaged, made by a newer DoPQ, on a network file system, or
 *   cannot be upgraded: with the newest backup and how to bring it back
 */
export function openSafely(file: string, migrations: readonly string[] = all): DatabaseSync {
  if (file === ':memory:') return migrated(new DatabaseSync(file), 0, migrations);
  const dataDir = path.dirname(file);
  refuseNetworkFileSystem(dataDir);
  refuseLost(file, dataDir);
  const sqlite = new DatabaseSync(file);
  try {
    const version = checkedVersion(sqlite, file, dataDir, migrations.length);
    sqlite.exec(SETTINGS);
    if (version > 0 && version < migrations.length) {
      copyDatabase(file, nameBackup(dataDir, `before-schema-${migrations.length}`, Date.now()));
    }
    return migrated(sqlite, version, migrations);
  } catch (error) {
    sqlite.close();
    if (error instanceof StoreError) throw error;
    throw new StoreError(
      `${file} cannot be brought to this version's schema: ${(error as Error).message}. Nothing was changed in it. ${restoreWords(dataDir)}`,
      { cause: error },
    );
  }
}

/** A new, empty database in place of a lost one would look as if all jobs had been lost. */
function refuseLost(file: string, dataDir: string): void {
  if (existsSync(file)) return;
  if (!existsSync(`${file}-wal`) && listBackups(dataDir).length === 0) return;
  throw new StoreError(
    `${file} is missing, although there was a database here. ${restoreWords(dataDir)} To begin with an empty one, move everything else out of ${dataDir}.`,
  );
}

function checkedVersion(sqlite: DatabaseSync, file: string, dataDir: string, known: number): number {
  let version: number;
  try {
    version = schemaOf(sqlite, file);
  } catch (error) {
    throw new StoreError(`${(error as Error).message}. Nothing was changed in it. ${restoreWords(dataDir)}`, {
      cause: error,
    });
  }
  if (version === 0 && listBackups(dataDir).length > 0) {
    throw new StoreError(`${file} is empty, although there was a database here. ${restoreWords(dataDir)}`);
  }
  if (version > known) {
    throw new StoreError(
      `${file} was written by a newer DoPQ (schema ${version}, this one knows ${known}). Start that version, or go back to a backup made before the upgrade: those in ${path.join(dataDir, 'backups')}, then \`dopq restore FILE\`.`,
    );
  }
  return version;
}

/** All steps or none. */
function migrated(sqlite: DatabaseSync, version: number, migrations: readonly string[]): DatabaseSync {
  if (version === migrations.length) return sqlite;
  sqlite.exec('begin immediate');
  try {
    for (const step of migrations.slice(version)) sqlite.exec(step);
    sqlite.exec(`pragma user_version = ${migrations.length}`);
    sqlite.exec('commit');
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec('rollback');
    throw error;
  }
  return sqlite;
}
