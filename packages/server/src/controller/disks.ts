import type { StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { Status } from '@dopq/contract';
import type { ControllerDeps } from './deps.ts';

type Disk = Status['disk'][number];

const DEADLINE_MS = 1000;
/** A question to a dead mount never returns and holds a thread: never ask twice at once. */
const asked = new Map<string, Promise<StatsFs>>();

/** Free space where DoPQ and the engine write. The share is the Provider's to watch: it may hang. */
export async function readDisks({ config, engine }: ControllerDeps): Promise<Disk[]> {
  const { data, container, log } = config.paths;
  const places: [use: string, path: string][] = [
    ['data', data],
    ['accepted archives', container],
    ['logs', log],
  ];
  const { info } = engine.status();
  // The engine of another machine has its disk there.
  if (info?.rootDir && info.endpoint.startsWith('unix:')) places.push(['images', info.rootDir]);
  const { fetcher, housekeeping } = config;
  const disks = await Promise.all(
    places.map(([use, path]) =>
      use === 'images'
        ? readDisk(use, path, housekeeping.minFreeFraction, BUILDS_WAIT)
        : readDisk(use, path, fetcher.minSpaceFraction, SUBMISSIONS_WAIT),
    ),
  );
  return disks.filter((disk) => disk !== undefined);
}

const BUILDS_WAIT =
  'builds wait, and images that no job needs are removed. Free some space, or lower [housekeeping] min.free.';
const SUBMISSIONS_WAIT = 'new submissions wait. Free some space, or lower [fetcher] min.space.';

async function readDisk(use: string, path: string, minFraction: number, then: string): Promise<Disk | undefined> {
  const answer = await Promise.race([ask(path), sleep(DEADLINE_MS)]).catch((error: NodeJS.ErrnoException) => error);
  const none = { use, path, free_bytes: 0, total_bytes: 0 };
  if (answer === undefined) return { ...none, message: 'does not answer; is it a dead network mount?' };
  // The engine's folder may be private to it, or in another machine's file system.
  if (answer instanceof Error) return use === 'images' ? undefined : { ...none, message: answer.message };
  const total = answer.blocks * answer.bsize;
  const free = answer.bavail * answer.bsize;
  const low = total > 0 && free / total < minFraction;
  const message = low ? `less than ${Math.round(minFraction * 100)} % free: ${then}` : null;
  return { use, path, free_bytes: free, total_bytes: total, message };
}

function ask(path: string): Promise<StatsFs> {
  const pending = asked.get(path) ?? statfs(path);
  asked.set(path, pending);
  const forget = () => asked.delete(path);
  pending.then(forget, forget);
  return pending;
}

function sleep(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, undefined).unref();
  });
}
