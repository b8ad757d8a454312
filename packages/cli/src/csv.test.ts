import { expect, test } from 'vitest';
import { formatCsv } from './csv.ts';

test.each([
  [null, ''],
  [undefined, ''],
  [-1.5, '-1.5'],
  ['plain', 'plain'],
  ['a, "b"', '"a, ""b"""'],
  ['two\nlines', 'two lines'],
  ['\x1b[31mred\x07', 'red'],
  ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ['@sum', "'@sum"],
])('the cell %j is written as %s', (value, text) => {
  expect(formatCsv([{ head: 'head', cell: () => value }], [0])).toBe(`head\r\n${text}`);
});

test('without rows there is the head', () => {
  expect(
    formatCsv(
      [
        { head: 'a', cell: () => 1 },
        { head: 'b', cell: () => 2 },
      ],
      [],
    ),
  ).toBe('a,b');
});
