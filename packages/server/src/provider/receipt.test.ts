import type { Job } from '@dopq/contract';
import { expect, test } from 'vitest';
import { presentJob } from '../conventions/present-job.ts';
import { openStore } from '../store/store.ts';
import { receiptJson, receiptText } from './receipt.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);
const store = openStore(':memory:', { now: () => AT });
const { id } = store.jobs.create(
  {
    user: 'alice',
    name: 'job.zip',
    state: 'building',
    source: 'share',
    inbox: '/share/alice',
    file: 'job.zip',
    zipPlace: 'accepted',
    unverified: false,
  },
  { actor: 'provider', kind: 'received', message: '' },
);
const patch = {
  state: 'queued',
  name: 'train-unet',
  queuedAt: AT + 60_000,
  numGpus: 2,
  numSlots: 1,
  memoryBytes: 32 * 1024 ** 3,
  cpus: 4,
  buildLog: '/var/log/dopq/12.build.log',
  notes: ['executor_name says bob; the inbox decides'],
} as const;
store.jobs.change(id, ['building'], { ...patch, notes: [...patch.notes] });
const job: Job = presentJob(store.jobs.get(id), { position: 3, reason: 'waits for 2 GPUs' });

test('a waiting job is told its place, the reason, and how to withdraw', () => {
  expect(receiptText({ job, problems: [], receiptName: 'job.zip.2' })).toBe(
    [
      'Job #1  train-unet of alice',
      '',
      'state      queued, place 3',
      'reason     waits for 2 GPUs',
      'file       job.zip',
      'asks for   2 GPUs, 32 GiB memory, 4 CPUs',
      'received   2026-01-02T03:04:05.000Z',
      'queued     2026-01-02T03:05:05.000Z',
      'build log  /var/log/dopq/12.build.log',
      '',
      'Notes',
      '- executor_name says bob; the inbox decides',
      '',
      'To withdraw it, put an empty file named job.zip.2.cancel here.',
      '',
    ].join('\n'),
  );
});

test('an array is told as a whole, and what it waits for, in words', () => {
  const array: Job = {
    ...job,
    num_gpus: 1,
    gpu_models: ['A100'],
    gpu_memory_bytes: 10 * 1024 ** 3,
    time_limit_seconds: 5400,
    array: { id: 1, index: 0, count: 3, max_parallel: 2 },
    after: [{ job_id: 7, condition: 'ok' }],
    retries: 2,
    retry_on: ['interrupted', 75],
    state: 'finished',
    outcome: 'succeeded',
  };
  const members = [
    { state: 'finished', outcome: 'succeeded', count: 1 },
    { state: 'running', outcome: null, count: 2 },
  ] as const;
  const text = receiptText({ job: array, problems: [], receiptName: 'job.zip', members });
  for (const line of [
    'asks for   1 A100 GPU (10 GiB of its memory), 32 GiB memory, 4 CPUs',
    'time limit 1h30m',
    'array      3 jobs: 1 succeeded, 2 running',
    'after      #7 has succeeded',
    'retries    up to 2, on interrupted, 75',
    'To withdraw it, put an empty file named job.zip.cancel here.',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
});

test('a refused one is told each problem with its rule and its fix', () => {
  const problem = {
    file: 'container_config.json',
    field: 'num_gpus',
    rule: 'a whole number',
    message: 'is "2"',
    fix: '"num_gpus": 2',
    line: 3,
    column: 5,
  };
  const refused: Job = { ...job, state: 'finished', outcome: 'rejected', position: null };
  const text = receiptText({ job: refused, problems: [problem], receiptName: 'job.zip' });
  expect(text).toContain('finished: rejected');
  for (const words of [
    'container_config.json',
    'line 3, column 5',
    'num_gpus',
    'is "2"',
    'a whole number',
    '"num_gpus": 2',
  ]) {
    expect(text).toContain(words);
  }
  expect(text).not.toContain('.cancel');
  expect(JSON.parse(receiptJson({ job: refused, problems: [problem], receiptName: 'job.zip' }))).toMatchObject({
    id,
    outcome: 'rejected',
    problems: [{ field: 'num_gpus' }],
  });
});

test('nothing in a receipt steers a terminal', () => {
  const nasty: Job = {
    ...job,
    name: 'a\u001b[2Jb\u202e',
    file: 'x\n\u0007.zip',
    reason: 'bad\u009b1m',
    notes: ['one\r\ntwo'],
  };
  const text = receiptText({ job: nasty, problems: [], receiptName: 'x\n.zip' });
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(text.split('\n').length).toBe(receiptText({ job, problems: [], receiptName: 'x' }).split('\n').length);
});
