import { expect, test } from 'vitest';
import { changesOf, textToBegin } from './retry-changes.ts';

const CONFIG =
  '{"name": "unet", "executor_name": "noor", "num_gpus": 1, "time_limit": "2h", "run_params": {"shm_size": "1g"}}';

test('a retry begins with what the job ran with: its file, and what an earlier retry changed', () => {
  const text = textToBegin({ config: CONFIG, changes: { num_gpus: 2, time_limit: null } });
  expect(JSON.parse(text)).toEqual({ name: 'unet', num_gpus: 2, run_params: { shm_size: '1g' } });
  expect(textToBegin({ config: null, changes: {} })).toBe('{}\n');
});

test.each([
  ['nothing', {}, {}],
  ['another number', { num_gpus: 4 }, { num_gpus: 4 }],
  ['a new field', { cpus: 8 }, { cpus: 8 }],
  ['a field inside another one', { run_params: { shm_size: '2g' } }, { run_params: { shm_size: '2g' } }],
  ['another owner, which is not to be had', { executor_name: 'ana' }, {}],
])('who edits %s asks for just that', (_, edit, changes) => {
  const first = textToBegin({ config: CONFIG, changes: {} });
  const edited = JSON.stringify({ ...(JSON.parse(first) as object), ...edit });
  expect(changesOf(first, edited)).toEqual(changes);
});

test('who takes a field away asks for its default, and a text that is no object asks for nothing', () => {
  const first = textToBegin({ config: CONFIG, changes: {} });
  expect(changesOf(first, '{"name": "unet", "num_gpus": 1, "run_params": {"shm_size": "1g"}}')).toEqual({
    time_limit: null,
  });
  expect(changesOf(first, '{"name": ')).toBeUndefined();
  expect(changesOf(first, '[]')).toBeUndefined();
});
