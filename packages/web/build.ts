// Builds the dashboard into dist/ unless it is there already, built from the sources as they are now.
// Run by the server at the first visit, by scripts/setup.mjs before tests and the demo, and by hand (`npm run web`).
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const HERE = import.meta.dirname;
const DIST = path.join(HERE, 'dist');
const STAMP = 'built-from.txt';

/** What the page is made of; the lock file stands for the packages. */
const SOURCES = [
  'src',
  'public',
  'index.html',
  'vite.config.ts',
  'build.ts',
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

function hashOfSources(): string {
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

function isCurrent(hash: string): boolean {
  const stamp = path.join(DIST, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
}

/** Text travels compressed; doing that once beats doing it at each visit. */
function compress(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && /\.(js|css|html|svg)$/.test(file))
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
  }
}

const hash = hashOfSources();
if (!isCurrent(hash)) {
  const fresh = path.join(HERE, `dist.${process.pid}`);
  const old = path.join(HERE, `dist.${process.pid}.old`);
  try {
    await build({
      root: HERE,
      logLevel: process.argv.includes('--quiet') ? 'error' : 'info',
      build: { outDir: fresh, emptyOutDir: true },
    });
    compress(fresh);
    writeFileSync(path.join(fresh, STAMP), hash);
    // Whoever reads dist sees the old build or the new one; a build at the same time may have been first.
    if (existsSync(DIST)) renameSync(DIST, old);
    renameSync(fresh, DIST);
  } catch (error) {
    if (!isCurrent(hash)) throw error;
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
}
