// A copy of the database every day, while it is in use: what the messages about a lost or damaged one name.
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { listBackups, nameBackup, pruneBackups } from './backups.ts';
import type { Store } from './store.ts';

const DAY_MS = 24 * 3600 * 1000;
const LOOK_EVERY_MS = 3600 * 1000;

/** Copies at once if there is no copy of the last day, and then every day. A full disk costs the copy and nothing else. */
export function startDailyBackups(parts: {
  store: Store;
  dataDir: string;
  clock: Clock;
  log: Logger;
}): AsyncDisposable {
  const { store, dataDir, clock, log } = parts;
  let underWay: Promise<void> | undefined;

  async function copyIfDue(): Promise<void> {
    const now = clock.now();
    const [newest] = listBackups(dataDir);
    if (newest && Math.abs(now - newest.madeAt) < DAY_MS) return;
    const file = nameBackup(dataDir, 'daily', now);
    await store.copyTo(file);
    pruneBackups(dataDir);
    log.info({ file }, 'the database was copied');
  }

  function look(): void {
    underWay ??= copyIfDue()
      .catch((error: unknown) => log.warn({ err: error }, 'the database could not be copied; it is tried again'))
      .finally(() => (underWay = undefined));
  }

  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  look();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await underWay;
    },
  };
}
