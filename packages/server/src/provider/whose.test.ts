import { describe, expect, test } from 'vitest';
import { type Signs, whoseIs } from './whose.ts';

const ALICE = 1001;
const BOB = 1002;
const STRANGER = 4711;
const userOf = (uid: number) => ({ [ALICE]: 'alice', [BOB]: 'bob' })[uid];
const CLOSED: Signs = {
  fileUid: STRANGER,
  fileIsPrivate: true,
  folderUid: ALICE,
  folderIsPrivate: true,
  root: 'closed',
};
const OPEN = { folderIsPrivate: false };

function inAlices(more: Partial<Signs> | null, trusted = false) {
  const signs = more === null ? null : { ...CLOSED, ...more };
  const whose = whoseIs({ user: 'alice', inbox: '/share/alice', signs }, trusted, userOf);
  return whose.is === 'job' ? [whose.user, whose.verified] : whose.is;
}

function inRoot(more: Partial<Signs> | null, trusted = false) {
  const signs = more === null ? null : { ...CLOSED, ...OPEN, ...more };
  const whose = whoseIs({ user: null, inbox: '/share', signs }, trusted, userOf);
  return whose.is === 'job' ? [whose.user, whose.verified] : whose.is;
}

describe('a file in the inbox of alice', () => {
  test.each<[string, Partial<Signs> | null, unknown]>([
    ['is hers where nobody else may write', {}, ['alice', true]],
    ['is hers where root made the folder', { folderUid: 0 }, ['alice', true]],
    ['is hers whoever owns the file, if the folder is proof', { fileUid: BOB }, ['alice', true]],
    ['is hers in an open folder if the file is', { ...OPEN, fileUid: ALICE }, ['alice', true]],
    [
      'is not proved by a file that others may write to',
      { ...OPEN, fileUid: ALICE, fileIsPrivate: false },
      ['alice', false],
    ],
    ['is not proved by an open folder', OPEN, ['alice', false]],
    ['is not proved where everybody may rename folders', { root: 'open' }, ['alice', false]],
    ['is hers in a sticky root if the folder is hers', { root: 'sticky' }, ['alice', true]],
    [
      'is not proved in a sticky root by a folder of somebody else',
      { root: 'sticky', folderUid: STRANGER },
      ['alice', false],
    ],
    ['is not proved by a folder that bob made', { folderUid: BOB }, ['alice', false]],
    ['is refused if it is bob who put it into an open folder', { ...OPEN, fileUid: BOB }, 'refused'],
    ['is refused if bob made folder and file', { folderUid: BOB, fileUid: BOB }, 'refused'],
    ['is not proved where no owners are kept', null, ['alice', false]],
  ])('%s', (_, signs, expected) => {
    expect(inAlices(signs)).toEqual(expected);
  });

  test('is taken on trust, and marked, where the share is trusted', () => {
    expect(inAlices({ ...OPEN, fileUid: BOB }, true)).toEqual(['alice', false]);
  });
});

describe('a file in the root of the share', () => {
  test("is its owner's, where the file system says who that is", () => {
    expect(inRoot({ fileUid: BOB })).toEqual(['bob', true]);
    // As in DoPQ 1.0, where people dropped for each other.
    expect(inRoot({ fileUid: BOB }, true)).toEqual([null, false]);
  });

  test.each([
    ['of nobody we know', {}],
    ['that others may write to', { fileUid: BOB, fileIsPrivate: false }],
    ['where no owners are kept', null],
  ])('%s is refused, and speaks for itself where the share is trusted', (_, signs) => {
    expect(inRoot(signs)).toBe('refused');
    expect(inRoot(signs, true)).toEqual([null, false]);
  });
});
