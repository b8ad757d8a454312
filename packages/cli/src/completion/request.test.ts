import { expect, test } from 'vitest';
import { createProgram, VERBS } from '../program.ts';
import { jobCandidates } from './live.ts';
import { wantedAt } from './request.ts';

const program = await createProgram(VERBS);

/** Words before the cursor, the last one at it. */
const wanted = (...words: string[]) => wantedAt(program, words.slice(0, -1), words.at(-1) ?? '');
const valuesOf = (...words: string[]): string[] => {
  const found = wanted(...words);
  return found.kind === 'words' ? found.words.map(({ value }) => value) : [`:${found.kind}`];
};

test.each([
  [[''], ['submit', 'ps', 'top', 'user'], ['complete']],
  [['user', ''], ['add', 'ls', 'limit'], ['ps']],
  [['ps', '-'], ['--help', '--all', '--user', '--config'], ['--build']],
  [['ps', '-o', ''], ['table', 'wide', 'json', 'csv'], []],
  [['--config', 'x.ini', 'ps', '--output', ''], ['json'], []],
  [['completion', ''], ['bash', 'zsh', 'fish'], []],
])('at %j there are %j and not %j', (words, some, none) => {
  const values = valuesOf(...words);
  expect(values).toEqual(expect.arrayContaining(some));
  for (const value of none) expect(values).not.toContain(value);
});

test.each([
  [['cancel', ''], ':job'],
  [['cancel', '12', ''], ':job'],
  [['cancel', '--reason', 'a word', ''], ':job'],
  [['logs', '-f', ''], ':job'],
  [['move', '3', '--before', ''], ':job'],
  [['nice', '--', '-5', ''], ':job'],
  [['ps', '-u', ''], ':user'],
  [['user', 'disable', ''], ':user'],
  [['submit', ''], ':file'],
  [['-c', ''], ':file'],
])('at %j stands a %s', (words, kind) => {
  expect(valuesOf(...words)).toEqual([kind]);
});

test.each([[['logs', '3', '']], [['lock', '']], [['cancel', '--reason', '']]])(
  'at %j there is nothing to offer',
  (words) => {
    expect(valuesOf(...words)).toEqual([]);
  },
);

test('jobs are offered by number, and by names that are unique and that no shell takes for anything else', () => {
  const names = ['net', 'twin', 'twin', '$(rm -rf .)', '-f', '7up', 'last'];
  const jobs = names.map((name, index) => ({
    id: index + 1,
    name,
    user: 'bob',
    state: 'queued' as const,
    outcome: null,
  }));
  expect(jobCandidates(jobs).map(({ value }) => value)).toEqual(['1', '2', '3', '4', '5', '6', '7', 'last', 'net']);
});
