// One look after another at the share: who dropped what, and what has gone. Polling is the base, because network shares
// give no events. Nothing here is remembered that the server does not know, except how long files rest.
import type { BigIntStats, Dirent } from 'node:fs';
import { Bystanders } from './bystanders.ts';
import { hasSuffix } from './check.ts';
import { isNewName, nameBefore } from './leftovers.ts';
import type { InboxOwner, ShareState } from '../protocol.ts';
import type { Signs } from '../whose.ts';
import { isLocal, keepsOwners } from './file-systems.ts';
import { makeInboxes } from './make-inboxes.ts';
import { MountWatch } from './mount-watch.ts';
import { refusalInPlace } from './refusal-in-place.ts';
import { freeNames, identityOf, ownerOf, SafeDir } from './safe-dir.ts';
import { ShareEvents } from './share-events.ts';
import { type Inbox, isInboxName, rootInbox, userInbox } from './share.ts';
import { userMounts } from './user-mounts.ts';
import { WatchedFile, type WatchParts } from './watched-file.ts';

/** New files per inbox and look, so that nobody's ten thousand keep the others from being seen. */
const NEW_FILES_PER_LOOK = 200;
const FILES_AT_ONCE = 16;

/** What one look has found so far. */
interface Look {
  /** Archives that stand there. */
  seen: Set<string>;
  /** Inboxes that could not be read: what is missing in them may be there. */
  unread: Set<string>;
  root: Signs['root'];
  /** The share lies on this machine: its device; else null. */
  localDevice: bigint | null;
  /** Folders that can be listened to. */
  folders: Map<string, bigint>;
  /** What users have mounted: not to be asked. */
  mounts: ReadonlySet<string>;
}

export class Scan {
  readonly #parts: WatchParts;
  readonly #watched = new Map<string, WatchedFile>();
  /** Files the server waits for and that no look has seen yet. */
  readonly #expected = new Map<string, { jobId: number; inbox: string }>();
  /** Inboxes where nothing of an earlier Provider is left. */
  readonly #tidied = new Set<string>();
  readonly #mounts: MountWatch;
  readonly #bystanders = new Bystanders();
  readonly #events: ShareEvents;
  #isFirstLook = true;
  /** Who is to have an inbox. */
  owners: readonly InboxOwner[] = [];

  /** @param onEvent something happened in the share: it is time for a look */
  constructor(parts: WatchParts, shareWasMounted: boolean, onEvent: () => void) {
    this.#parts = parts;
    this.#events = new ShareEvents(onEvent);
    this.#mounts = new MountWatch(shareWasMounted);
  }

  /** When another look is worth it because a file is on its way, milliseconds; infinite while none is. */
  get lookAgainMs(): number {
    return Math.min(...[...this.#watched.values()].map((file) => file.lookAgainMs ?? Infinity));
  }

  /** A job whose file was being received when an earlier Provider ended. */
  expect(jobId: number, inbox: string, file: string): void {
    this.#expected.set(keyOf(inbox, file), { jobId, inbox });
  }

  /** The job was cancelled: its file is not taken any more. */
  leave(jobId: number): void {
    for (const watched of this.#watched.values()) if (watched.jobId === jobId) watched.leave();
  }

  /** Looks at the whole share once. */
  async look(): Promise<ShareState> {
    const { network } = this.#parts.config.paths;
    try {
      await using root = await SafeDir.open(network);
      const names = await root.list();
      const mounts = await userMounts();
      const mounted = await this.#mounts.look(root, names.length === 0);
      if (mounted === 'unmounted') {
        const message = `nothing is mounted at ${network}, where the share was before. Mount it again; DoPQ goes on by itself.`;
        return { state: 'missing', message };
      }
      const askable = this.owners.filter(({ name }) => !mounts.has(`${network}/${name}`));
      await makeInboxes(root, names, askable, this.#parts.config, this.#isFirstLook);
      this.#isFirstLook = false;
      const own = await root.own();
      const look: Look = {
        seen: new Set(),
        unread: new Set(),
        root: rootOf(own),
        localDevice: isLocal(await root.fileSystem()) ? own.dev : null,
        folders: new Map(),
        mounts,
      };
      await this.#lookEverywhere(root, names, look);
      this.#events.listenTo(look.folders);
      await this.#forgetGone(look);
      return { state: 'ok', message: null, mounted: mounted === 'mounted' };
    } catch (error) {
      return shareTrouble(error as NodeJS.ErrnoException, network);
    }
  }

  async #lookEverywhere(root: SafeDir, names: readonly Dirent[], look: Look): Promise<void> {
    const { config } = this.#parts;
    await this.#lookInto(rootInbox(config), root, names, look);
    for (const entry of names) {
      if (!isInboxName(entry.name) || !mayBeFolder(entry)) continue;
      const inbox = userInbox(config, entry.name);
      try {
        await using dir = await root.dir(entry.name);
        await this.#lookInto(inbox, dir, await dir.list(), look);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // Removed meanwhile, or a link or a file: nobody's inbox.
        if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') continue;
        if (code !== 'EACCES' && code !== 'EPERM') throw error;
        look.unread.add(inbox.path);
      }
    }
  }

  async #lookInto(inbox: Inbox, dir: SafeDir, found: readonly Dirent[], look: Look): Promise<void> {
    const names = found.filter(({ name }) => !look.mounts.has(`${inbox.path}/${name}`));
    const { builder } = this.#parts.config;
    const { dev, ino } = await dir.own();
    const local = dev === look.localDevice;
    if (local) look.folders.set(inbox.path, ino);
    const suffixes = [...builder.buildSuffixes, ...builder.loadSuffixes];
    await this.#tidyUp(inbox, dir, names);
    const files = names.filter((entry) => !entry.name.startsWith('.') && !entry.isDirectory()).map(({ name }) => name);
    for (const name of files) if (isCancel(name, suffixes)) await this.#withdraw(inbox, dir, name);
    const archives = files.filter((name) => hasSuffix(name, suffixes));
    if (inbox.user !== null) await this.#bystanders.look(inbox.path, dir, names, suffixes).catch(() => undefined);
    for (const name of archives) look.seen.add(keyOf(inbox.path, name));
    let isNew = 0;
    const due = archives.filter((name) => this.#watched.has(keyOf(inbox.path, name)) || isNew++ < NEW_FILES_PER_LOOK);
    if (due.length === 0) return;
    const signs = await signsOf(dir, look);
    for (let at = 0; at < due.length; at += FILES_AT_ONCE) {
      await Promise.all(
        due.slice(at, at + FILES_AT_ONCE).map((name) => this.#lookAt(inbox, dir, name, { signs, local })),
      );
    }
  }

  async #lookAt(
    inbox: Inbox,
    dir: SafeDir,
    file: string,
    { signs: folder, local }: { signs: FolderSigns | null; local: boolean },
  ): Promise<void> {
    const stats = await dir.find(file);
    if (!stats) return;
    const key = keyOf(inbox.path, file);
    const { uid: fileUid, isPrivate: fileIsPrivate } = ownerOf(stats);
    const signs = folder && { ...folder, fileUid, fileIsPrivate };
    const sight = {
      identity: identityOf(stats),
      bytes: Number(stats.size),
      isRegular: stats.isFile(),
      isLocal: local,
      signs,
    };
    const watched = this.#watched.get(key);
    if (watched?.phase === 'taking') return;
    if (watched?.isOver(sight.identity)) {
      if (watched.phase === 'taken') await watched.clear(dir);
      return;
    }
    if (watched?.phase === 'watching') return await watched.follow(dir, sight);
    const met = new WatchedFile(this.#parts, inbox, file);
    this.#watched.set(key, met);
    await met.meet(dir, sight);
  }

  /** Finishes what an earlier Provider had begun in an inbox when it was killed. */
  async #tidyUp(inbox: Inbox, dir: SafeDir, names: readonly Dirent[]): Promise<void> {
    if (this.#tidied.has(inbox.path)) return;
    this.#tidied.add(inbox.path);
    for (const { name } of names) {
      if (isNewName(name)) await dir.remove(name).catch(() => undefined);
      const before = nameBefore(name);
      if (before !== undefined) await this.#finishRemoval(inbox, dir, name, before).catch(() => undefined);
    }
  }

  async #finishRemoval(inbox: Inbox, dir: SafeDir, name: string, before: string): Promise<void> {
    const stats = await dir.find(name);
    if (!stats) return;
    const wasTaken = await this.#parts.link.ask('wasTaken', { inbox: inbox.path, identity: identityOf(stats) });
    if (wasTaken) await dir.remove(name);
    else await dir.move(name, dir, freeNames(before));
  }

  async #withdraw(inbox: Inbox, dir: SafeDir, name: string): Promise<void> {
    const job = name.slice(0, -'.cancel'.length);
    const found = await this.#parts.link.ask('withdrawn', { inbox: inbox.path, name: job });
    await dir.remove(name).catch(() => undefined);
    if (found) return;
    const why = `no job of ${job} from this folder waits or runs. An upload is cancelled with "dopq cancel JOB".`;
    await refusalInPlace(dir, name, why).catch(() => undefined);
  }

  async #forgetGone({ seen, unread }: Look): Promise<void> {
    for (const [key, watched] of this.#watched) {
      if (seen.has(key) || watched.phase === 'taking' || unread.has(watched.inbox.path)) continue;
      this.#watched.delete(key);
      await watched.vanish();
    }
    for (const [key, { jobId, inbox }] of this.#expected) {
      if (unread.has(inbox)) continue;
      this.#expected.delete(key);
      if (!seen.has(key)) await this.#parts.link.ask('gone', { jobId });
    }
  }
}

type FolderSigns = Omit<Signs, 'fileUid' | 'fileIsPrivate'>;

/** What an inbox says of whose its files are; null where the file system keeps no owners. */
async function signsOf(dir: SafeDir, { root }: Look): Promise<FolderSigns | null> {
  if (!keepsOwners(await dir.fileSystem())) return null;
  const { uid: folderUid, isPrivate: folderIsPrivate } = ownerOf(await dir.own());
  return { folderUid, folderIsPrivate, root };
}

function rootOf(stats: BigIntStats): Signs['root'] {
  if (ownerOf(stats).isPrivate) return 'closed';
  return (stats.mode & 0o1000n) === 0n ? 'open' : 'sticky';
}

function keyOf(inbox: string, file: string): string {
  return `${inbox}/${file}`;
}

/** Some network shares do not say in a listing what a name is; opening it as a folder decides then. */
function mayBeFolder(entry: Dirent): boolean {
  return !entry.isFile() && !entry.isFIFO() && !entry.isSocket() && !entry.isSymbolicLink();
}

function isCancel(name: string, suffixes: readonly string[]): boolean {
  if (!name.endsWith('.cancel')) return false;
  return hasSuffix(name.slice(0, -'.cancel'.length).replace(/\.\d+$/, ''), suffixes);
}

function shareTrouble(error: NodeJS.ErrnoException, path: string): ShareState {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') {
    return {
      state: 'missing',
      message: `${path} is not there. Mount the share or make the folder; DoPQ goes on by itself.`,
    };
  }
  return { state: 'failing', message: `${path} cannot be read: ${error.message}. DoPQ tries again.` };
}
