import { expect, test } from 'vitest';
import { displayWidth, fit, wrap } from './text-width.ts';

test.each([
  ['abc', 5, 'left' as const, 'abc  '],
  ['abc', 5, 'right' as const, '  abc'],
  ['abcdef', 4, 'left' as const, 'abc…'],
  ['日本語', 5, 'left' as const, '日本…'],
  ['日本語', 4, 'left' as const, '日 …'],
  ['\x1b[31mabcdef\x1b[39m', 4, 'left' as const, '\x1b[31mabc…\x1b[0m'],
  ['abc', 0, 'left' as const, ''],
])('"%s" in %i columns, %s, is "%s"', (text, width, align, fitted) => {
  expect(fit(text, width, align)).toBe(fitted);
  expect(displayWidth(fitted)).toBe(width);
});

test('lines after the first begin where they are told to', () => {
  expect(wrap('name  one two three four', 14, 6)).toEqual(['name  one two', '      three', '      four']);
});

test.each([
  ['short', 20, ['short']],
  ['one two three', 8, ['one two', 'three']],
  ['  one two three', 9, ['  one two', '  three']],
  ['abcdefghij', 4, ['abcd', 'efgh', 'ij']],
  ['\x1b[31mred words here\x1b[39m', 9, ['\x1b[31mred words\x1b[0m', '\x1b[31mhere\x1b[39m']],
])('"%s" is broken to %i columns between words', (line, width, lines) => {
  expect(wrap(line, width)).toEqual(lines);
});
