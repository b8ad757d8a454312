// A share that is unmounted leaves an empty folder behind, which looks like a share that everybody has left.
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SafeDir } from './safe-dir.ts';

export class MountWatch {
  /** Whether this process has seen a file system mounted there; `before`: an earlier one has. */
  #seen: 'no' | 'before' | 'yes';

  /** @param wasMounted what an earlier process saw last */
  constructor(wasMounted: boolean) {
    this.#seen = wasMounted ? 'before' : 'no';
  }

  /**
   * A file system that is mounted anew gets another device number, so it is not that which tells them apart, but whether
   * there is one at all. After a restart only an empty folder counts as unmounted: a plain folder may have come in its place.
   */
  async look(root: SafeDir, isEmpty: boolean): Promise<'mounted' | 'plain' | 'unmounted'> {
    const { dev } = await root.own();
    const above = await lstat(dirname(root.path), { bigint: true });
    if (dev !== above.dev) {
      this.#seen = 'yes';
      return 'mounted';
    }
    if (this.#seen === 'yes' || (this.#seen === 'before' && isEmpty)) return 'unmounted';
    this.#seen = 'no';
    return 'plain';
  }
}
