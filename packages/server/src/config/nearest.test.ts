import { expect, test } from 'vitest';
import { findNearest } from './nearest.ts';

const known = ['max.history', 'max.upload', 'verbose', 'sleep.interval'];

test.each([
  ['a letter too many', 'sleep.intervall', 'sleep.interval'],
  ['a letter missing', 'verbos', 'verbose'],
  ['two letters swapped', 'max.hisotry', 'max.history'],
  ['another sign between words', 'max_history', 'max.history'],
  ['other case', 'VERBOSE', 'verbose'],
  ['something else', 'colour', undefined],
])('%s', (_title, name, nearest) => {
  expect(findNearest(name, known)).toBe(nearest);
});

test.each(known)('%s is nearest to itself', (name) => {
  expect(findNearest(name, known)).toBe(name);
});
