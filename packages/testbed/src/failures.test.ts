import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const ROWS = [...Array.from({ length: 72 - 26 + 1 }, (_, index) => 26 + index), 75];

/** Row -> what docs/failures.md says of it. */
function documented(): Map<number, string> {
  const page = readFileSync(path.join(root, 'docs/failures.md'), 'utf8');
  return new Map(
    Array.from(page.matchAll(/^\| (\d+) \| [^|]+ \| (.+) \|$/gm), ([, row, words = '']) => [Number(row), words]),
  );
}

/** Rows that test titles name: `(row 7)`, `(rows 7, 8)`. */
function titled(): Set<number> {
  const files = ['packages', 'e2e'].flatMap((dir) =>
    readdirSync(path.join(root, dir), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
      .map((name) => path.join(root, dir, name)),
  );
  return new Set(
    files.flatMap((file) =>
      Array.from(readFileSync(file, 'utf8').matchAll(/\(rows? ([\d, ]+)\)/g), ([, rows = '']) =>
        rows.split(',').map(Number),
      ).flat(),
    ),
  );
}

it('every row of the failure catalogue has its line in docs/failures.md', () => {
  expect([...documented().keys()]).toEqual(ROWS);
});

it('a line that promises a test with the row in its title has one', () => {
  const titles = titled();
  const excused = /^(not here|without its row number)/;
  const broken = [...documented()].filter(([row, words]) => !excused.test(words) && !titles.has(row));
  expect(broken).toEqual([]);
});
