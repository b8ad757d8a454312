import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { LogResume } from './log-resume.ts';

const at = (second: number) => `2026-01-02T03:04:0${second}.123456789Z`;
const line = (second: number, words: string) => `${at(second)} ${words}\n`;

function resumed(after: string | undefined, ...chunks: string[]): Promise<string> {
  return text(Readable.from(chunks.map((chunk) => Buffer.from(chunk))).pipe(new LogResume(after)));
}

describe('going on with a log', () => {
  it('copies everything into an empty file', async () => {
    expect(await resumed(undefined, line(1, 'a'), line(2, 'b'))).toBe(line(1, 'a') + line(2, 'b'));
  });

  it('drops lines that are there already', async () => {
    expect(await resumed(at(2), line(1, 'a'), line(2, 'b'), line(3, 'c'))).toBe(line(3, 'c'));
  });

  it('does not care where the chunks are cut', async () => {
    const whole = line(1, 'a') + line(2, 'b') + line(3, 'c') + line(4, 'd');
    const bytes = whole.split('');
    expect(await resumed(at(2), ...bytes)).toBe(line(3, 'c') + line(4, 'd'));
  });

  it('drops a long line that is there already without keeping it', async () => {
    const long = line(2, 'x'.repeat(200_000));
    expect(
      await resumed(at(2), long.slice(0, 50), long.slice(50, 100_000), `${long.slice(100_000)}${line(3, 'c')}`),
    ).toBe(line(3, 'c'));
  });

  it('marks a gap where the engine no longer has the last copied line', async () => {
    const result = await resumed(at(2), line(5, 'e'));
    expect(result).toMatch(/lines are missing here/);
    expect(result.endsWith(line(5, 'e'))).toBe(true);
  });

  it('keeps a last line without line end', async () => {
    expect(await resumed(at(2), line(2, 'b'), `${at(3)} no end`)).toBe(`${at(3)} no end`);
  });

  it('adds nothing when nothing is new', async () => {
    expect(await resumed(at(2), line(2, 'b'))).toBe('');
  });
});
