import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { parseConfig } from '../config/config.ts';
import { silentLogger } from '../log.ts';
import type { JobRecord } from '../store/jobs.ts';
import { openStore } from '../store/store.ts';
import { applyFact, type FactsWorld } from './facts.ts';
import type { Facts } from './protocol.ts';

const INBOX = '/share/alice';
const SEEN: Facts['seen']['ask'] = {
  inbox: INBOX,
  user: 'alice',
  file: 'job.zip',
  bytes: 10,
  identity: '1:2:10:3',
  signs: { fileUid: 1, fileIsPrivate: true, folderUid: 1, folderIsPrivate: true, root: 'closed' },
};
const submission = {
  name: 'train',
  numGpus: 1,
  numSlots: 1,
  memoryBytes: 1024 ** 3,
  build: true,
  runOptions: {},
} as Facts['checked']['ask']['submission'];

let world: FactsWorld & { disposed: JobRecord[]; withdrawn: JobRecord[] };

beforeEach(() => {
  const disposed: JobRecord[] = [];
  const withdrawn: JobRecord[] = [];
  const { config } = parseConfig('[paths]\ndata.dir = /data\nnetwork.dir = /share\n', { file: '/etc/dopq/config.ini' });
  world = {
    config,
    store: openStore(':memory:', systemClock),
    clock: systemClock,
    log: silentLogger,
    capacity: () => ({ engine: { memoryBytes: 64 * 1024 ** 3, cpus: 8 }, gpus: { state: 'absent', gpus: [] } }),
    toMask: () => [],
    onShare: () => undefined,
    onAlive: () => undefined,
    onReceipt: () => undefined,
    onDispose: (job) => disposed.push(job),
    onWithdrawn: (job) => withdrawn.push(job),
    disposed,
    withdrawn,
  };
  world.store.users.add({ name: 'alice' }, 1);
});

function see(more: Partial<Facts['seen']['ask']> = {}): number {
  const answer = applyFact(world, 'seen', { ...SEEN, ...more });
  if (answer.jobId === null) throw new Error('ignored');
  return answer.jobId;
}

const fetch = (jobId: number, identity: string | null = SEEN.identity) =>
  applyFact(world, 'fetched', { jobId, zipPath: `/container/${jobId}/job.zip`, sha256: 'ab', bytes: 10, identity });

describe('a file that is seen', () => {
  test('is one job however often it is seen, until it is taken', () => {
    const first = see();
    expect(see({ identity: '1:2:20:4' })).toBe(first);
    fetch(first);
    expect(applyFact(world, 'seen', SEEN)).toEqual({ jobId: first, as: 'taken' });
    expect(see({ identity: '1:9:10:9' })).not.toBe(first);
  });

  test('and was cancelled before it was taken is no new job until it has been moved', () => {
    const jobId = see();
    applyFact(world, 'withdrawn', { inbox: INBOX, name: 'job.zip' });
    expect(world.withdrawn.map(({ id }) => id)).toEqual([jobId]);
    expect(applyFact(world, 'seen', SEEN)).toEqual({ jobId: null, as: 'ignore' });
    applyFact(world, 'disposed', { jobId, to: 'invalid', zipPath: `${INBOX}/invalid/job.zip` });
    expect(see()).not.toBe(jobId);
  });

  test('gets a receipt of a free name', () => {
    const names = [1, 2, 3].map((round) => {
      const jobId = see({ identity: `1:${round}:10:3` });
      fetch(jobId, `1:${round}:10:3`);
      return world.store.jobs.get(jobId).receiptName;
    });
    expect(names).toEqual(['job.zip', 'job.zip.2', 'job.zip.3']);
  });
});

describe('an array', () => {
  const built = { image: 'x', imageId: 'sha256:y', buildLog: null, cached: false };
  const array = { ...submission, count: 3, maxParallel: 2, numGpus: 0 };

  test('is one build and as many jobs, which are withdrawn together', () => {
    const jobId = see();
    fetch(jobId);
    applyFact(world, 'checked', { jobId, submission: array, notes: [] });
    expect(applyFact(world, 'built', { jobId, ...built })).toBe('go');
    const members = world.store.jobs.membersOf(jobId);
    expect(
      members.map(({ arrayIndex, arrayCount, maxParallel, state, imageId }) => ({
        arrayIndex,
        arrayCount,
        maxParallel,
        state,
        imageId,
      })),
    ).toEqual(
      [0, 1, 2].map((arrayIndex) => ({
        arrayIndex,
        arrayCount: 3,
        maxParallel: 2,
        state: 'queued',
        imageId: 'sha256:y',
      })),
    );
    const end = { state: 'finished', outcome: 'succeeded', finishedAt: 1 } as const;
    world.store.jobs.change(jobId, ['queued'], end);
    applyFact(world, 'withdrawn', { inbox: INBOX, name: 'job.zip' });
    expect(world.store.jobs.membersOf(jobId).map(({ outcome }) => outcome)).toEqual([
      'succeeded',
      'cancelled',
      'cancelled',
    ]);
  });

  test('that waits for a job which is not there is refused', () => {
    const jobId = see();
    fetch(jobId);
    const waiting = { ...array, afterOk: [99] };
    expect(applyFact(world, 'checked', { jobId, submission: waiting, notes: [] })).toBe('stop');
    expect(world.store.jobs.get(jobId)).toMatchObject({
      outcome: 'rejected',
      reason: 'container_config.json, after_ok: names #99, and there is no such job',
    });
  });
});

describe('a job that was cancelled meanwhile', () => {
  function cancelled(state: 'receiving' | 'checking' | 'building'): number {
    const jobId = see();
    if (state !== 'receiving') fetch(jobId);
    if (state === 'building') applyFact(world, 'checked', { jobId, submission, notes: [] });
    applyFact(world, 'withdrawn', { inbox: INBOX, name: 'job.zip' });
    return jobId;
  }

  test('stays cancelled whatever is reported of it', () => {
    const receiving = cancelled('receiving');
    expect(fetch(receiving)).toBe('stop');
    applyFact(world, 'gone', { jobId: receiving });
    applyFact(world, 'disposed', { jobId: receiving, to: 'invalid', zipPath: null });
    const checking = cancelled('checking');
    expect(applyFact(world, 'checked', { jobId: checking, submission, notes: [] })).toBe('stop');
    applyFact(world, 'rejected', { jobId: checking, problems: [] });
    const building = cancelled('building');
    const built = { jobId: building, image: 'x', imageId: 'y', buildLog: null, cached: false };
    expect(applyFact(world, 'built', built)).toBe('stop');
    applyFact(world, 'buildFailed', { jobId: building, error: 'no', buildLog: null });
    applyFact(world, 'step', { jobId: building, number: 1, total: 2, text: 'RUN' });
    for (const jobId of [receiving, checking, building]) {
      expect(world.store.jobs.get(jobId)).toMatchObject({ state: 'finished', outcome: 'cancelled' });
    }
    expect(world.disposed).toEqual([]);
  });
});

describe('a sound submission', () => {
  test('goes to building with all that the queue needs, then to the queue', () => {
    const jobId = see();
    fetch(jobId);
    expect(applyFact(world, 'checked', { jobId, submission: { ...submission, user: 'bob' }, notes: ['a note'] })).toBe(
      'build',
    );
    expect(world.store.jobs.get(jobId)).toMatchObject({
      state: 'building',
      user: 'alice',
      name: 'train',
      numGpus: 1,
      numSlots: 1,
      memoryBytes: 1024 ** 3,
    });
    expect(world.store.jobs.get(jobId).notes).toHaveLength(2);
    expect(applyFact(world, 'built', { jobId, image: 'x', imageId: 'sha256:y', buildLog: '/log', cached: false })).toBe(
      'go',
    );
    expect(world.store.jobs.get(jobId)).toMatchObject({ state: 'queued', reason: null, imageId: 'sha256:y' });
  });

  test('that asks for more shared memory than the memory it is given is refused, with what it was given', () => {
    const jobId = see();
    fetch(jobId);
    const { memoryBytes: _, ...unsized } = { ...submission, runOptions: { shmBytes: 9 * 1024 ** 3 } };
    expect(applyFact(world, 'checked', { jobId, submission: unsized, notes: [] })).toBe('stop');
    expect(world.store.jobs.get(jobId)).toMatchObject({
      outcome: 'rejected',
      problems: [{ field: 'run_params.shm_size', rule: 'at most the memory of the job, 8g', message: 'asks for 9g' }],
    });
  });

  test('of nobody we know is refused with the way out, and its archive is to be moved', () => {
    const jobId = see({ inbox: '/share/carol', user: 'carol' });
    fetch(jobId);
    expect(applyFact(world, 'checked', { jobId, submission, notes: [] })).toBe('stop');
    expect(world.store.jobs.get(jobId)).toMatchObject({
      outcome: 'rejected',
      problems: [{ fix: expect.stringContaining('dopq user add carol') as string }],
    });
    expect(world.disposed.map(({ id }) => id)).toEqual([jobId]);
  });
});

test('a running container is asked to stop, not declared stopped', () => {
  const jobId = see();
  fetch(jobId);
  applyFact(world, 'checked', { jobId, submission, notes: [] });
  applyFact(world, 'built', { jobId, image: 'x', imageId: 'y', buildLog: null, cached: false });
  world.store.jobs.change(jobId, ['queued'], { state: 'running' });
  applyFact(world, 'withdrawn', { inbox: INBOX, name: 'job.zip' });
  expect(world.store.jobs.get(jobId)).toMatchObject({ state: 'running', cancelActor: 'user:alice' });
  expect(world.withdrawn).toEqual([]);
});

test('a reason that does not change leaves no trace', () => {
  const jobId = see();
  applyFact(world, 'waiting', { jobId, reason: 'still being copied' });
  const { revision } = world.store.jobs.get(jobId);
  applyFact(world, 'waiting', { jobId, reason: 'still being copied' });
  expect(world.store.jobs.get(jobId).revision).toBe(revision);
});

test('a receipt that has expired is free for the next file of the name', () => {
  const jobId = see();
  fetch(jobId);
  applyFact(world, 'rejected', { jobId, problems: [] });
  applyFact(world, 'expired', { jobId, zipRemoved: false });
  expect(world.store.jobs.get(see({ identity: '1:7:1:1' })).receiptName).toBe('job.zip');
});

test('what a job was submitted with is kept, whether it is sound or not', () => {
  const [sound, refused] = [see(), see({ file: 'other.zip', identity: '1:3:10:3' })];
  for (const jobId of [sound, refused]) fetch(jobId);
  applyFact(world, 'checked', { jobId: sound, submission, notes: [], config: '{"name": "train"}' });
  applyFact(world, 'rejected', { jobId: refused, problems: [], config: '{"name": 3}' });
  expect([sound, refused].map((jobId) => world.store.configs.find(jobId))).toEqual([
    '{"name": "train"}',
    '{"name": 3}',
  ]);
});
