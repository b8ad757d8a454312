import type { Job } from '@dopq/contract';
import { expect, test } from 'vitest';
import { addFilter, type JobFilter, passesFilters } from './job-filters.ts';

const filters = (...texts: string[]): JobFilter[] =>
  texts.reduce<JobFilter[]>((earlier, text) => addFilter(text, earlier), []);

test.each([
  [[], true],
  [['state=running'], true],
  [['state=R'], true],
  [['state=queued'], false],
  [['state=PD', 'state=r'], true],
  [['state=running', 'user=bob'], false],
  [['state=running', 'user=alice', 'gpu=GPU-1'], true],
  [['name=a=b'], true],
])('a running job of alice passes %j: %s', (texts, passes) => {
  const job = { state: 'running', outcome: null, user: 'alice', name: 'a=b', gpus: ['GPU-1234'] } as unknown as Job;
  expect(passesFilters(job, filters(...texts))).toBe(passes);
});

test('outcomes have letters too', () => {
  expect(filters('outcome=OOM')).toEqual([{ key: 'outcome', value: 'out_of_memory' }]);
});

test.each(['colour=red', 'state', 'state=asleep', 'outcome=won', 'source=mail'])('"%s" is refused', (text) => {
  expect(() => addFilter(text)).toThrow(/none of|is no/);
});
