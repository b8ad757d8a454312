import { expect, test } from 'vitest';
import { EARLY_MS, Settling } from './settling.ts';

/** Settled before anything could be early. */
const LIMITS = { settleMs: 40, stalledMs: 10_000 };

test('a file is settled when it has rested long enough, and not before', () => {
  const settling = new Settling(LIMITS);
  expect(settling.observe('a', 0)).toEqual({ is: 'growing' });
  expect(settling.observe('a', 39)).toEqual({ is: 'resting' });
  expect(settling.observe('a', 40)).toEqual({ is: 'settled' });
});

test('one that rests for a moment may be taken early if it proves whole; who looked in vain waits until it is settled', () => {
  const settling = new Settling({ settleMs: 5_000, stalledMs: 10_000 });
  settling.observe('a', 0);
  expect(settling.observe('a', EARLY_MS - 1)).toEqual({ is: 'resting' });
  expect(settling.observe('a', EARLY_MS)).toEqual({ is: 'early' });
  settling.markNotWhole();
  expect(settling.observe('a', 4_999)).toEqual({ is: 'resting' });
  expect(settling.observe('a', 5_000)).toEqual({ is: 'settled' });
  settling.observe('b', 6_000);
  expect(settling.observe('b', 6_000 + EARLY_MS)).toEqual({ is: 'early' });
});

test('a file that has just changed is looked at again as soon as it may be taken, one that rests less often', () => {
  const settling = new Settling(LIMITS);
  settling.observe('a', 0);
  expect(settling.lookAgainMs).toBe(EARLY_MS);
  settling.observe('a', EARLY_MS);
  expect(settling.lookAgainMs).toBeGreaterThan(EARLY_MS);
  settling.observe('b', EARLY_MS);
  expect(settling.lookAgainMs).toBe(EARLY_MS);
});

test('each change starts the rest anew', () => {
  const settling = new Settling(LIMITS);
  settling.observe('a', 0);
  expect(settling.observe('b', 30)).toEqual({ is: 'growing' });
  expect(settling.observe('b', 60)).toEqual({ is: 'resting' });
  expect(settling.observe('b', 70)).toEqual({ is: 'settled' });
});

test('an incomplete file is waited for as long as is configured, and then given up', () => {
  const settling = new Settling(LIMITS);
  settling.observe('a', 0);
  settling.observe('a', 100);
  settling.markIncomplete('no end');
  expect(settling.observe('a', 9_999)).toEqual({ is: 'incomplete', why: 'no end' });
  expect(settling.observe('a', 10_000)).toEqual({ is: 'given_up', why: 'no end' });
});

test('a file with an end and a damaged inside is given up sooner', () => {
  const settling = new Settling(LIMITS);
  settling.observe('a', 0);
  settling.observe('a', 100);
  settling.markDamaged('checksum');
  expect(settling.observe('a', 479)).toEqual({ is: 'incomplete', why: 'checksum' });
  expect(settling.observe('a', 480)).toEqual({ is: 'given_up', why: 'checksum' });
});

test('a damaged file that changes gets a new chance', () => {
  const settling = new Settling(LIMITS);
  settling.observe('a', 0);
  settling.observe('a', 100);
  settling.markDamaged('checksum');
  expect(settling.observe('b', 200)).toEqual({ is: 'growing' });
  expect(settling.observe('b', 300)).toEqual({ is: 'settled' });
});
