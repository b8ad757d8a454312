import { describe, expect, test } from 'vitest';
import { isJunk, parseEntryName, readEntryName } from './entry-name.ts';

describe('names of honest archives', () => {
  test.each([
    ['Dockerfile', 'Dockerfile'],
    ['./Dockerfile', 'Dockerfile'],
    ['a//b.txt', 'a/b.txt'],
    ['a/./b.txt', 'a/b.txt'],
    ['code\\src\\main.py', 'code/src/main.py'],
    ['folder/', 'folder'],
    ['./', ''],
    ['ünïcode/文.txt', 'ünïcode/文.txt'],
    ['..data/...x', '..data/...x'],
    ['a b/c d.txt', 'a b/c d.txt'],
  ])('%j means %j', (text, path) => {
    expect(parseEntryName(text)).toEqual({ ok: true, path });
  });
});

describe('names no honest archive has', () => {
  test.each([
    ['../evil', '..'],
    ['a/../../evil', '..'],
    ['a\\..\\..\\evil', '..'],
    ['/etc/passwd', 'absolute'],
    ['\\\\server\\share', 'absolute'],
    ['C:/evil', 'drive'],
    ['c:evil', 'drive'],
    ['a\nb', 'control'],
    ['a\0b', 'control'],
    ['\u001b[31m', 'control'],
    ['a\u0085b', 'control'],
    ['x'.repeat(256), 'long'],
    [`${'x'.repeat(200)}/`.repeat(30), 'long'],
    ['a/'.repeat(101), 'folders'],
  ])('%j is refused', (text, why) => {
    const name = parseEntryName(text);
    expect(name.ok).toBe(false);
    expect(!name.ok && name.why).toContain(why);
  });

  test('bytes that are not UTF-8 are refused', () => {
    expect(readEntryName(Buffer.from('\u00fc', 'latin1'))).toMatchObject({ ok: false, why: 'is not valid UTF-8' });
  });
});

test('what Finder and Explorer add is junk, and nothing else', () => {
  const paths = ['__MACOSX/._a', '._a', 'x/._b', '.DS_Store', 'x/.DS_Store', 'Thumbs.db', 'x/desktop.ini'];
  expect(paths.filter((path) => !isJunk(path))).toEqual([]);
  const honest = ['a', '.dockerignore', 'x/__MACOSX', '.env', 'x/_.a', '__MACOSXX/a'];
  expect(honest.filter(isJunk)).toEqual([]);
});
