import { expect, test } from 'vitest';
import { rollUp, stepOf } from './roll-up.ts';

test('a step begins at a whole multiple of its length', () => {
  expect(stepOf(125_999, 60)).toBe(120_000);
  expect(stepOf(600_000, 600)).toBe(600_000);
});

test('a coarse step has the mean of the means and the highest peak of each subject, and keeps what is unknown unknown', () => {
  const sample = (subject: string, at: number, cpu: number | null, peak = cpu) => ({
    subject,
    at,
    means: { cpu, power: null },
    peaks: { cpu: peak, power: null },
  });
  const fine = [sample('job:1', 0, 10, 90), sample('job:1', 10, 20), sample('job:1', 20, null), sample('job:2', 0, 7)];
  expect(rollUp(fine, 0)).toEqual([
    { subject: 'job:1', at: 0, means: { cpu: 15, power: null }, peaks: { cpu: 90, power: null } },
    { subject: 'job:2', at: 0, means: { cpu: 7, power: null }, peaks: { cpu: 7, power: null } },
  ]);
});
