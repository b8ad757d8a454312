import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastTimestamp, WithoutTimestamps } from './run-log.ts';

const at = (second: number) => `2026-01-02T03:04:0${second}.123456789Z`;

function stripped(chunks: string[]): Promise<string> {
  return text(Readable.from(chunks.filter(Boolean).map((chunk) => Buffer.from(chunk))).pipe(new WithoutTimestamps()));
}

describe('a run log shown without timestamps', () => {
  it.each([
    ['nothing', '', ''],
    ['one line', `${at(1)} hello\n`, 'hello\n'],
    ['an empty line', `${at(1)} \n${at(2)} x\n`, '\nx\n'],
    [
      'a line without one',
      'short\nlonger than a timestamp would be, but none\n',
      'short\nlonger than a timestamp would be, but none\n',
    ],
    ['a last line without end', `${at(1)} a\n${at(2)} b`, 'a\nb'],
    ['a timestamp that the job printed', `${at(1)} ${at(2)} x\n`, `${at(2)} x\n`],
  ])('%s', async (_title, stored, shown) => {
    expect(await stripped([stored])).toBe(shown);
  });

  it('is the same wherever the chunks are cut', async () => {
    const line = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.stringMatching(/^[ -~]{0,80}$/));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        async (lines, cuts) => {
          const stored = lines.map(([second, words]) => `${at(second)} ${words}\n`).join('');
          const chunks: string[] = [];
          for (let from = 0, cut = 0; from < stored.length; cut++) {
            const length = cuts[cut % cuts.length] ?? 1;
            chunks.push(stored.slice(from, from + length));
            from += length;
          }
          expect(await stripped(chunks)).toBe(lines.map(([, words]) => `${words}\n`).join(''));
        },
      ),
    );
  });
});

it('knows the last timestamp of a log', () => {
  expect(lastTimestamp(`${at(1)} a\ncontinued without one\n`)).toBe(at(1));
  expect(lastTimestamp('none')).toBeUndefined();
});
