// Users may mount file systems of their own (FUSE), on their inbox or on anything in it. Whoever asks such a thing waits for its
// owner's answer, which may never come, so the Provider asks the kernel first and leaves it alone.
import { readFile } from 'node:fs/promises';

/** Where users have mounted something; empty where there is no procfs. Asks no mounted file system. */
export async function userMounts(): Promise<ReadonlySet<string>> {
  return userMountsOf(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''));
}

/** @param mountinfo as proc(5) describes it; `user_id` is who mounted a FUSE file system */
export function userMountsOf(mountinfo: string): Set<string> {
  const mounts = new Set<string>();
  for (const line of mountinfo.split('\n')) {
    const [where = '', what = ''] = line.split(' - ');
    const owner = /(?:^|[ ,])user_id=(\d+)/.exec(what)?.[1];
    if (what.startsWith('fuse') && owner !== undefined && owner !== '0')
      mounts.add(unescaped(where.split(' ')[4] ?? ''));
  }
  return mounts;
}

/** Blanks and the like stand there as `\040`. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
