// Files that DoPQ keeps of its jobs: their archives and their logs. Which job a file is of stands in its name.
import { lstat, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Kept } from '@dopq/scheduler';
import PQueue from 'p-queue';
import type { Config } from '../config/shape.ts';
import type { Store } from '../store/store.ts';
import type { Shelf } from './shelf.ts';

const FILES_AT_ONCE = 16;

/** `container.dir/<job>/` and `failed.dir/<job>-<file>`. */
export function zipShelf({ paths, housekeeping }: Config, store: Store): Shelf {
  return {
    use: 'zips',
    limits: { maxBytes: housekeeping.zipsMaxBytes, maxAgeMs: housekeeping.zipsKeepMs },
    async list() {
      const needed = store.needs.zips();
      const accepted = await listFiles(paths.container, /^(\d+)$/, needed);
      const failed = await listFiles(paths.failed, /^(\d+)-/, needed);
      return await withLastUse([...accepted, ...failed], store);
    },
    async remove(file) {
      const id = Number.parseInt(path.basename(file), 10);
      if (store.needs.zips().has(id)) throw new Error('its job needs it now');
      await rm(file, { recursive: true, force: true });
      store.submissions.markZipRemoved(id);
    },
  };
}

/** `log.dir/<job>.build.log`, `<job>.<attempt>.log` and what else begins with a job's number. */
export function logShelf({ paths, housekeeping }: Config, store: Store): Shelf {
  return {
    use: 'logs',
    limits: { maxBytes: housekeeping.logsMaxBytes, maxAgeMs: housekeeping.logsKeepMs },
    list: () => listFiles(paths.log, /^(\d+)\./, store.needs.logs()),
    remove: (file) => rm(file, { force: true }),
  };
}

/** Entries of a folder whose name begins with a job's number; other people's files are none of our business. */
async function listFiles(folder: string, pattern: RegExp, needed: ReadonlySet<number>): Promise<Kept[]> {
  const queue = new PQueue({ concurrency: FILES_AT_ONCE });
  const names = await readdir(folder);
  const found = await queue.addAll(
    names.map((name) => async () => {
      const id = Number(pattern.exec(name)?.[1] ?? Number.NaN);
      return Number.isSafeInteger(id) ? await measure(path.join(folder, name), needed.has(id)) : undefined;
    }),
  );
  return found.filter((kept) => kept !== undefined);
}

/** A file, or a folder with the files in it; undefined if it is gone meanwhile. */
async function measure(file: string, isNeeded: boolean): Promise<Kept | undefined> {
  try {
    const stats = await lstat(file);
    const inside = stats.isDirectory()
      ? await Promise.all((await readdir(file)).map((name) => lstat(path.join(file, name))))
      : [stats];
    return { id: file, bytes: inside.reduce((sum, { size }) => sum + size, 0), lastUsedAt: stats.mtimeMs, isNeeded };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A zip is used until its job has ended. */
async function withLastUse(kept: Kept[], store: Store): Promise<Kept[]> {
  return kept.map((zip) => {
    const endedAt = store.jobs.find(Number.parseInt(path.basename(zip.id), 10))?.finishedAt ?? 0;
    return { ...zip, lastUsedAt: Math.max(zip.lastUsedAt, endedAt) };
  });
}
