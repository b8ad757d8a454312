import type { Job } from '@dopq/contract';
import { expect, test } from 'vitest';
import { presentJob } from '../controller/present-job.ts';
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
      'asks for   2 GPUs, 32g memory, 4 CPUs',
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
