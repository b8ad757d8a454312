// `dopq backup` and `dopq restore`: they work on the files, whether a server runs or not.
import { loadConfig } from '../config/config.ts';
import { backupDatabase, type Restored, restoreDatabase } from '../store/restore.ts';

/** @returns path of the copy @throws StoreError */
export function backUp(configFile: string, to: string, options: { force: boolean }): string {
  return backupDatabase(loadConfig(configFile, { env: process.env }).config.paths.data, to, options);
}

/** @throws DataInUseError while a server runs, StoreError if the file is none that can be used */
export function restore(configFile: string, file: string): Restored {
  return restoreDatabase(loadConfig(configFile, { env: process.env }).config.paths.data, file, Date.now());
}
