import type { Job, JobEvent } from '@dopq/contract';
import { expect, test } from 'vitest';
import { marksOf } from './marks.ts';

const START = Date.UTC(2031, 4, 4, 12);
const HOUR = 3_600_000;
const job = {
  attempt: 1,
  outcome: null,
  exit_code: null,
  started_at: new Date(START).toISOString(),
  finished_at: null,
  time_limit_seconds: 4 * 3600,
} as Job;
const wordsOf = (one: Job, now: number, events: JobEvent[] = []): string[] =>
  marksOf(one, events, now).marks.map(({ at, word }) => `${(at * 1000 - START) / HOUR} ${word}`);

test('a job that has not started has no marks', () =>
  expect(marksOf({ ...job, started_at: null }, [], START)).toEqual({ marks: [], range: undefined }));

test('the limit comes into the picture at half of it', () => {
  expect(wordsOf(job, START + HOUR)).toEqual(['0 start']);
  expect(marksOf(job, [], START + HOUR).range?.[1]).toBe((START + HOUR) / 1000);
  expect(wordsOf(job, START + 2 * HOUR)).toEqual(['0 start', '4 limit']);
  expect(marksOf(job, [], START + 2 * HOUR).range?.[1]).toBe((START + 4 * HOUR) / 1000);
});

test('an ended job has its end in words, and its limit only where it reached it', () => {
  const ended = (hours: number, outcome: Job['outcome']): Job => ({
    ...job,
    outcome,
    finished_at: new Date(START + hours * HOUR).toISOString(),
  });
  expect(wordsOf(ended(1, 'succeeded'), START + 9 * HOUR)).toEqual(['0 start', '1 succeeded']);
  expect(wordsOf(ended(4, 'timed_out'), START + 9 * HOUR)).toEqual(['0 start', '4 limit', '4 timed out']);
});

test('a warning of this attempt is marked, and a second start says so', () => {
  const warned = (hours: number) => ({ kind: 'warned', at: new Date(START + hours * HOUR).toISOString() }) as JobEvent;
  expect(wordsOf({ ...job, attempt: 2 }, START + HOUR, [warned(-1), warned(0.5)])).toEqual(['0 start 2', '0.5 warned']);
});
