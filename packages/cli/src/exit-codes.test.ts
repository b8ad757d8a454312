import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT, EXIT_MEANING, exitCodeLines } from './exit-codes.ts';

test('the documentation has every exit code with its meaning, and no other', () => {
  const text = readFileSync(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => [Number(code), meaning]);
  const names = Object.keys(EXIT) as (keyof typeof EXIT)[];
  expect(rows).toEqual(names.map((name) => [EXIT[name], EXIT_MEANING[name]]));
  expect(exitCodeLines()).toHaveLength(names.length);
});
