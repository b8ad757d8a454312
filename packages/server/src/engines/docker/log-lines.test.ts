import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datedLines } from './log-lines.ts';

const PIECE = 16 * 1024;
const at = (second: number) => `2026-01-02T03:04:${String(second).padStart(2, '0')}.123456789Z `;

/** What the engine sends of a log: each line in pieces, each piece with its time. */
function entriesOf(line: string, second: number): string[] {
  const pieces: string[] = [];
  for (let rest = line; rest !== ''; rest = rest.slice(PIECE)) pieces.push(rest.slice(0, PIECE));
  return pieces.map((piece, index) => `${at(second + index)}${piece}`);
}

function frame(stream: 1 | 2, entry: string): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(Buffer.byteLength(entry), 4);
  return Buffer.concat([header, Buffer.from(entry)]);
}

function cutUp(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const size = sizes[chunks.length % sizes.length] ?? 1;
    chunks.push(bytes.subarray(from, from + size));
    from += size;
  }
  return chunks;
}

const through = (chunks: Buffer[], tty: boolean): Promise<string> =>
  text(Readable.from(chunks).pipe(datedLines({ tty })));

describe.each([
  ['with frames', false],
  ['of a terminal', true],
] as const)('a log %s', (_title, tty) => {
  const sent = (entries: string[]): Buffer =>
    Buffer.concat(entries.map((entry) => (tty ? Buffer.from(entry) : frame(1, entry))));

  it.each([
    ['a short line', 'x\n'],
    ['an empty line', '\n'],
    ['a line without end', 'x'],
    ['a line as long as a piece', `${'x'.repeat(PIECE - 1)}\n`],
    ['a line whose end alone is the second piece', `${'x'.repeat(PIECE)}\n`],
    ['a line of three pieces', `${'x'.repeat(2 * PIECE + 5)}\n`],
    ['a long line without end', 'x'.repeat(3 * PIECE)],
  ])('%s is one line with one time, and so is the next', async (_what, line) => {
    const entries = [...entriesOf(line, 1), ...(line.endsWith('\n') ? entriesOf('next\n', 9) : [])];
    const lines = `${at(1)}${line}${line.endsWith('\n') ? `${at(9)}next\n` : ''}`;
    expect(await through([sent(entries)], tty)).toBe(lines);
  });

  it('is the same wherever the chunks are cut', async () => {
    const lengths = fc.constantFrom(0, 1, 40, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7);
    const sizes = fc.array(fc.integer({ min: 1, max: 2 * PIECE }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.array(lengths, { maxLength: 6 }), sizes, async (lines, cuts) => {
        const bytes = sent(lines.flatMap((length, index) => entriesOf(`${'y'.repeat(length)}\n`, 5 * index)));
        const whole = lines.map((length, index) => `${at(5 * index)}${'y'.repeat(length)}\n`).join('');
        expect(await through(cutUp(bytes, cuts), tty)).toBe(whole);
      }),
    );
  });
});

it('what stderr says in the middle of a long line of stdout has a line of its own', async () => {
  const [first = '', second = ''] = entriesOf(`${'x'.repeat(PIECE)}rest\n`, 1);
  const chunks = [frame(1, first), frame(2, `${at(5)}oh\n`), frame(1, second)];
  expect(await through(chunks, false)).toBe(`${first}\n${at(5)}oh\n${at(2)}rest\n`);
});
