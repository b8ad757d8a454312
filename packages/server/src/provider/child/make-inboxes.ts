// A new user finds a folder to drop into. Existing ones are left as they are, whatever they are, but for those of our own
// whose maker died before they were their user's.
import type { Dirent } from 'node:fs';
import type { Config } from '../../config/shape.ts';
import type { InboxOwner } from '../protocol.ts';
import { isUnfinished } from '../../conventions/unfinished-folder.ts';
import { ownerOf, type SafeDir } from './safe-dir.ts';

/**
 * Makes the inboxes that are missing, each for its user and writable for nobody else. Not where others may write to the
 * share's root: they could put a folder of theirs in place of the new one, and make their own inboxes anyway. Nor where
 * archives lie in the root, as in DoPQ 1.0. A share that does not let us is none of an inbox's business: the look at it
 * says what is wrong.
 * @param isFirstLook of this process, which may follow one that died while it made them
 */
export async function makeInboxes(
  root: SafeDir,
  names: readonly Dirent[],
  owners: readonly InboxOwner[],
  { fetcher }: Config,
  isFirstLook: boolean,
): Promise<void> {
  const there = new Set(names.map(({ name }) => name));
  const missing = owners.filter(({ name }) => !there.has(name));
  const due = [...missing, ...(isFirstLook ? await unfinished(root, owners) : [])];
  if (due.length === 0 || fetcher.trustedShare || !ownerOf(await root.own()).isPrivate) return;
  for (const { name, uid } of due) {
    try {
      await using inbox = await root.makeDir(name, { mode: 0o755, uid });
      void inbox;
    } catch {
      return;
    }
  }
}

async function unfinished(root: SafeDir, owners: readonly InboxOwner[]): Promise<InboxOwner[]> {
  const found: InboxOwner[] = [];
  for (const owner of owners) {
    const stats = await root.find(owner.name).catch(() => undefined);
    if (stats?.isDirectory() && isUnfinished(stats)) found.push(owner);
  }
  return found;
}
