// Builds the dashboard into dist/ unless it is there already, built from the sources as they are now.
// Run by the server at the first visit, by scripts/setup.mjs before tests and the demo, and by hand (`npm run web`).
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { DIST, hashOfSources, isCurrent, STAMP } from './sources.ts';

const HERE = import.meta.dirname;

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
