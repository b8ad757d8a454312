// A local file system tells when something happens in a folder; then the next look at the share comes at once. Looking stays
// the base: network shares tell nothing, and what tells may forget.
import { type FSWatcher, watch } from 'node:fs';

/** A folder that is made anew under its name has another inode. */
type Folders = ReadonlyMap<string, bigint>;

export class ShareEvents implements Disposable {
  readonly #onEvent: () => void;
  readonly #watched = new Map<string, { inode: bigint; watcher: FSWatcher }>();

  constructor(onEvent: () => void) {
    this.#onEvent = onEvent;
  }

  /** From now on these folders are listened to, and no others. They have to be local: the call waits for the file system. */
  listenTo(folders: Folders): void {
    for (const [path, { inode, watcher }] of this.#watched) {
      if (folders.get(path) === inode) continue;
      watcher.close();
      this.#watched.delete(path);
    }
    for (const [path, inode] of folders) if (!this.#watched.has(path)) this.#listen(path, inode);
  }

  [Symbol.dispose](): void {
    this.listenTo(new Map());
  }

  #listen(path: string, inode: bigint): void {
    try {
      const watcher = watch(path, { persistent: false }, (_event, name) => {
        if (!isOurs(name)) this.#onEvent();
      });
      watcher.on('error', () => watcher.close());
      this.#watched.set(path, { inode, watcher });
    } catch {
      // It went, or the system's limit of watched folders is reached: it is looked at as often as before.
    }
  }
}

/** Receipts, and what is moved about on the way to them. */
function isOurs(name: string | null): boolean {
  return name !== null && (name.startsWith('.') || /\.status\.(txt|json)$/.test(name));
}
