import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { findResumePoint, WithoutTimestamps } from './run-log.ts';

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

describe('where copying goes on', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'dopq-run-log-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  async function resumePointOf(text: string) {
    const name = path.join(dir, 'run.log');
    writeFileSync(name, text);
    await using file = await open(name);
    return await findResumePoint(file);
  }

  const long = 'x'.repeat(300_000);
  it.each([
    ['an empty file', '', 0, undefined],
    ['whole lines', `${at(1)} a\n${at(2)} b\n`, undefined, at(2)],
    ['a line that was cut', `${at(1)} a\n${at(2)} b`, 33, at(1)],
    ['nothing but a line that was cut', `${at(1)} a`, 0, undefined],
    ['a last line without a time', `${at(1)} a\nnone\n`, undefined, at(1)],
    ['a long last line', `${at(1)} a\n${at(2)} ${long}\n`, undefined, at(2)],
    ['a long line that was cut', `${at(1)} a\n${at(2)} ${long}`, 33, at(1)],
    ['lines without any time', 'a\nb\n', undefined, undefined],
  ])('%s', async (_title, text, end, timestamp) => {
    expect(await resumePointOf(text)).toEqual({ at: end ?? text.length, timestamp });
  });
});
