import type { Explanation } from '@dopq/contract';
import { expect, test } from 'vitest';
import { formatExplanation } from './explanation-page.ts';

const NOW = Date.parse('2031-05-04T12:00:00Z');
const soon = new Date(NOW).toISOString();
const job = {
  id: 7,
  name: 'resnet',
  user: 'alice',
  state: 'queued',
  outcome: null,
  reason: 'next to start',
  position: 1,
  priority: 0,
  not_before_at: null,
  problems: [],
  predicted_start_at: soon,
  predicted_start_p90_at: soon,
} as unknown as Explanation['job'];

const found: Explanation = {
  job,
  stopped: null,
  stopped_until: null,
  penalty: 0,
  start_at: soon,
  alternatives: [],
  counterfactuals: [],
  efficiency: null,
  ahead: [],
};

test('while things start, the start is that of the plan and of the forecast', () => {
  expect(formatExplanation(found, NOW)).toContain('now, if all that runs takes as long as is set aside for it');
});

test.each([
  ['the queue is locked: driver update', 'when it is unlocked'],
  ['the Docker Engine is out: no answer', 'when the Docker Engine answers again'],
])('under "%s" it starts %s, and not at a time of the plan', (stopped, until) => {
  const page = formatExplanation({ ...found, stopped, stopped_until: until }, NOW);
  expect(page).toContain(`\n  ${until}`);
  expect(page).not.toContain('now, ');
});

test('a rejected job shows each problem with its place, its rule and its fix', () => {
  const problem = {
    file: 'container_config.json',
    field: 'num_gpu',
    rule: 'a known field',
    message: 'is not known',
    fix: 'num_gpus',
  };
  const problems = [
    { ...problem, line: 3, column: 5 },
    { ...problem, field: 'memory' },
  ];
  const rejected = { ...job, state: 'finished' as const, outcome: 'rejected' as const, problems };
  const page = formatExplanation({ ...found, job: rejected }, NOW);
  expect(page).toContain('container_config.json, line 3, column 5, num_gpu: is not known');
  expect(page).toContain('rule: a known field');
  expect(page).toContain('fix:  num_gpus');
  expect(page).toContain('memory: is not known');
});
