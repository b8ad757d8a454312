import { expect, test } from 'vitest';
import { addChange } from './job-changes.ts';

test.each([
  ['num_gpus=2', { num_gpus: 2 }],
  ['time_limit=4h', { time_limit: '4h' }],
  ['gpu_models=["A100"]', { gpu_models: ['A100'] }],
  ['memory=null', { memory: null }],
  ['name=a=b', { name: 'a=b' }],
])('%s is read as a change', (text, changes) => {
  expect(addChange(text)).toEqual(changes);
});

test('changes add up, and the last of a key wins', () => {
  expect(addChange('cpus=3', addChange('cpus=2', { num_gpus: 1 }))).toEqual({ num_gpus: 1, cpus: 3 });
});

test.each(['num_gpus', '=2'])('"%s" is no change', (text) => {
  expect(() => addChange(text)).toThrow('key=value');
});
