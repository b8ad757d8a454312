import type { Job } from '@dopq/contract';
import { expect, test } from 'vitest';
import { exitCodeOf } from './job-end.ts';

test.each<[Job['outcome'], number | null, number]>([
  ['succeeded', 0, 0],
  ['failed', 3, 3],
  ['out_of_memory', 137, 137],
  ['timed_out', 143, 124],
  ['cancelled', 143, 143],
  ['cancelled', null, 1],
  ['rejected', null, 1],
  ['build_failed', null, 1],
  ['start_failed', null, 1],
  ['interrupted', null, 125],
  ['lost', 0, 125],
])('a job that ended %s with %s gives exit code %i', (outcome, exit_code, code) => {
  expect(exitCodeOf({ outcome, exit_code })).toBe(code);
});
