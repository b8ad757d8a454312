import { expect, test } from 'vitest';
import { type Column, formatTable } from './output.ts';

interface Row {
  id: string;
  name: string;
  reason: string;
}

const columns: Column<Row>[] = [
  { head: 'ID', align: 'right', cell: (row) => row.id },
  { head: 'NAME', elastic: true, cell: (row) => row.name },
  { head: 'REASON', cell: (row) => row.reason },
];
const rows: Row[] = [
  { id: '9', name: 'hello', reason: 'waits for two free GPUs, of which one is used by job #3' },
  { id: '12', name: '你好', reason: '-' },
];

test('columns stand below their heads, numbers to the right, wide characters counted as two', async () => {
  expect(await formatTable(columns, rows, Infinity)).toBe(
    ['ID  NAME   REASON', ' 9  hello  waits for two free GPUs, of which one is used by job #3', '12  你好   -'].join(
      '\n',
    ),
  );
});

test('on a terminal the last column gives way, with a mark', async () => {
  const lines = (await formatTable(columns, rows, 40)).split('\n');
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
  expect(lines[1]).toMatch(/^ 9 {2}hello {2}waits for two.*…$/);
});

test('a name that would fill the terminal is cut before the reason is', async () => {
  const row = { id: '1', name: 'x'.repeat(300), reason: 'waits for a free GPU' };
  const [, line] = (await formatTable(columns, [row], 80)).split('\n');
  expect(line).toMatch(/^ 1 {2}x+… {2}waits for a free GPU$/);
  expect(line?.length).toBe(80);
});

test('on a terminal that is too narrow for anything no column vanishes', async () => {
  const [head] = (await formatTable(columns, rows, 5)).split('\n');
  expect(head?.split(/\s+/)).toHaveLength(3);
});

test('without rows there are the heads', async () => {
  expect(await formatTable(columns, [], 80)).toBe('ID  NAME  REASON');
});
