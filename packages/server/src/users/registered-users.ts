// Whoever config.ini or DoPQ 1.0's user database names is a registered user from the first start on.
import { existsSync } from 'node:fs';
import type { Clock } from '../clock.ts';
import { type ImportedUser, readPickleDb } from '../config/pickledb.ts';
import type { Config } from '../config/shape.ts';
import { findAccountUid } from './account-uid.ts';
import type { Store } from '../store/store.ts';

/** @returns remarks for `dopq status` */
export async function registerUsers(store: Store, config: Config, clock: Clock): Promise<string[]> {
  const notices: string[] = [];
  const imported = readUserDatabase(config.paths.userDatabase, store, notices);
  const named = config.fetcher.validExecutors.map((name) => ({ name, email: null }));
  for (const user of [...imported, ...named]) await register(store, user, clock);
  return notices;
}

async function register(store: Store, { name, email }: ImportedUser, clock: Clock): Promise<void> {
  if (store.users.find(name)) return;
  const accountUid = await findAccountUid(name);
  const uid = store.users.list().some((user) => user.uid === accountUid) ? undefined : accountUid;
  store.users.add({ name, email: email ?? undefined, uid }, clock.now());
}

/** Taken over once: who is disabled here afterwards does not come back with the next start. */
function readUserDatabase(file: string | null, store: Store, notices: string[]): ImportedUser[] {
  if (file === null || store.settings.find('pickledbImported') === file || !existsSync(file)) return [];
  try {
    const { users, skipped } = readPickleDb(file);
    store.settings.set('pickledbImported', file);
    notices.push(`${users.length} users of DoPQ 1.0 were taken over from ${file}; their MD5 passwords were dropped`);
    for (const { name, reason } of skipped) notices.push(`the user "${name}" of ${file} was not taken over: ${reason}`);
    return users;
  } catch (error) {
    notices.push((error as Error).message);
    return [];
  }
}
