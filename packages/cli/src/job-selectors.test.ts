import { expect, test } from 'vitest';
import { isPlural, parseSelectors, pickName, pickRange } from './job-selectors.ts';

test.each([
  [['42'], [{ kind: 'id', id: 42 }]],
  [['#42'], [{ kind: 'id', id: 42 }]],
  [
    ['1-10,15'],
    [
      { kind: 'range', from: 1, to: 10 },
      { kind: 'id', id: 15 },
    ],
  ],
  [['7-7'], [{ kind: 'range', from: 7, to: 7 }]],
  [['last'], [{ kind: 'last' }]],
  [['resnet-50'], [{ kind: 'name', name: 'resnet-50' }]],
  [['a,b'], [{ kind: 'name', name: 'a,b' }]],
  [
    ['3', 'last'],
    [{ kind: 'id', id: 3 }, { kind: 'last' }],
  ],
])('%j are read as %j', (words, selectors) => {
  expect(parseSelectors(words)).toEqual(selectors);
});

test.each([
  ['10-1', 'Write 1-10.'],
  ['', undefined],
  ['0', undefined],
])('"%s" is refused as usage', (word, fix) => {
  expect(() => parseSelectors([word])).toThrow(expect.objectContaining({ exitCode: 2, fix }));
});

test('what can name several jobs is plural however many there are', () => {
  expect([['1'], ['last'], ['1-1'], ['1', '2'], ['1,2']].map(isPlural)).toEqual([false, false, true, true, true]);
});

const job = (id: number, name: string, state: 'running' | 'finished' = 'running') =>
  ({ id, name, state, outcome: state === 'finished' ? 'failed' : null }) as const;

test('a range takes the jobs there are and fails only where there is none', () => {
  const jobs = [job(9, 'a'), job(2, 'b'), job(5, 'c')];
  expect(pickRange(jobs, { from: 1, to: 5 })).toEqual([2, 5]);
  expect(() => pickRange(jobs, { from: 10, to: 20 })).toThrow(expect.objectContaining({ exitCode: 5 }));
});

test('a name that several jobs have is refused with their numbers, the newest first', () => {
  const jobs = [job(1, 'net', 'finished'), job(4, 'net'), job(2, 'other')];
  expect(pickName(jobs, 'other')).toBe(2);
  expect(pickName(jobs, 'none')).toBeUndefined();
  expect(() => pickName(jobs, 'net')).toThrow('2 jobs are called "net": #4 (running), #1 (failed).');
});
