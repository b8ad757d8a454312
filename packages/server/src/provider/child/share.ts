// The share as folders of users. Each inbox is opened anew for each piece of work, from the share's root downwards.
import { basename, dirname } from 'node:path';
import { UserName } from '@dopq/contract';
import type { Config } from '../../config/shape.ts';
import { INVALID_FOLDER } from '../../conventions/invalid-folder.ts';
import { SafeDir } from './safe-dir.ts';

export interface Inbox {
  /** Absolute path, the name under which the server knows it. */
  path: string;
  /** Whose folder it is; null for the share's root. */
  user: string | null;
}

export function rootInbox({ paths }: Config): Inbox {
  return { path: paths.network, user: null };
}

export function userInbox({ paths }: Config, name: string): Inbox {
  return { path: `${paths.network}/${name}`, user: name };
}

/** Whether a folder in the share can be somebody's inbox. */
export function isInboxName(name: string): boolean {
  return UserName.safeParse(name).success && name !== INVALID_FOLDER;
}

/** Opens an inbox by its path, without following a link that took its place. */
export async function openInbox({ paths }: Config, path: string): Promise<SafeDir> {
  if (path === paths.network) return await SafeDir.open(path);
  await using parent = await SafeDir.open(dirname(path));
  return await parent.dir(basename(path));
}

/** True for errors that pass when the share comes back, as against those of one file or folder. */
export async function isShareGone({ paths }: Config): Promise<boolean> {
  try {
    await using root = await SafeDir.open(paths.network);
    await root.list();
    return false;
  } catch {
    return true;
  }
}
