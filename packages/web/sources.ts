// Whether dist was built from the sources as they are now. Apart from the builder, so that asking costs no more than reading.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const HERE = import.meta.dirname;

/** The built page. */
export const DIST = path.join(HERE, 'dist');

/** File in it that says what it was built from. */
export const STAMP = 'built-from.txt';

/** What the page is made of; the lock file stands for the packages. */
const SOURCES = [
  'src',
  'public',
  'index.html',
  'vite.config.ts',
  'build.ts',
  'sources.ts',
  '../contract/src',
  '../../package-lock.json',
];

function filesIn(place: string): string[] {
  const whole = path.join(HERE, place);
  if (!existsSync(whole)) return [];
  const found = readdirSync(path.dirname(whole), { withFileTypes: true }).find(
    ({ name }) => name === path.basename(whole),
  );
  if (!found?.isDirectory()) return [place];
  return readdirSync(whole, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(HERE, path.join(entry.parentPath, entry.name)));
}

/** Changes when anything changes that the page is made of. */
export function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const file of SOURCES.flatMap(filesIn).sort()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(path.join(HERE, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Whether the built page is made of the sources of this hash. An installation has no sources: its page is what it is. */
export function isCurrent(hash: string): boolean {
  const stamp = path.join(DIST, STAMP);
  if (!existsSync(path.join(HERE, 'src'))) return existsSync(stamp);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
}
