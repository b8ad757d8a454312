import type { Submission } from '@dopq/contract';
import { describe, expect, it } from 'vitest';
import type { AttemptRecord } from '../store/attempts.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { UserRecord } from '../store/users.ts';
import { containerSpec } from './container-spec.ts';

const GIB = 2 ** 30;
const attempt = {
  number: 2,
  containerName: 'dopq-5-2',
  memoryBytes: 4 * GIB,
  cpus: 1.5,
  gpuUuids: ['GPU-1'],
} as AttemptRecord;
const user = { name: 'alice', uid: 1234 } as UserRecord;
const docker = {
  mounts: [
    { source: '/data/out', target: '/outdir', readOnly: false },
    { source: '/data/in', target: '/imgdir', readOnly: true },
  ],
  pidsLimit: 4096,
  shmBytes: 8 * GIB,
  network: 'dopq',
} as never as Parameters<typeof containerSpec>[3]['docker'];

function specOf(submission: Partial<Submission> = {}) {
  const job = { id: 5, imageId: 'sha256:1', submission: { runOptions: {}, ...submission } } as JobRecord;
  return containerSpec(job, attempt, user, { docker }, 'instance-1');
}

describe('a container', () => {
  it('runs as its user, never as root, and carries labels that find it again', () => {
    expect(specOf()).toMatchObject({
      name: 'dopq-5-2',
      image: 'sha256:1',
      user: '1234:1234',
      gpuUuids: ['GPU-1'],
      labels: { 'dopq.instance': 'instance-1', 'dopq.job': '5', 'dopq.attempt': '2', 'dopq.user': 'alice' },
    });
  });

  it('sees the output folder of its own user only', () => {
    expect(specOf().mounts).toEqual([
      { source: '/data/out/alice', target: '/outdir', readOnly: false },
      { source: '/data/in', target: '/imgdir', readOnly: true },
    ]);
  });

  it('has no more shared memory than memory', () => {
    expect(specOf().shmBytes).toBe(4 * GIB);
  });

  it('may drop more rights but keeps none of those DoPQ drops', () => {
    expect(specOf({ runOptions: { capDrop: ['CHOWN'] } }).capDrop).toEqual(
      expect.arrayContaining(['NET_RAW', 'MKNOD', 'CHOWN']),
    );
  });

  it('may do without a network', () => {
    expect(specOf().network).toBe('dopq');
    expect(specOf({ runOptions: { network: 'none' } }).network).toBe('none');
  });

  it('cannot name itself somebody else or hide its job by its environment', () => {
    const { env } = specOf({ runOptions: { env: { USER: 'root', DOPQ_JOB: '1', MINE: 'yes' } } });
    expect(env).toMatchObject({ USER: 'alice', DOPQ_JOB: '5', MINE: 'yes', HOME: '/outdir' });
  });

  it('is limited to CPUs it asked for, and weighed by those set aside for it otherwise', () => {
    expect(specOf({ cpus: 1.5 })).toMatchObject({ cpus: 1.5 });
    expect(specOf()).toMatchObject({ cpuShares: 1536 });
    expect(specOf().cpus).toBeUndefined();
  });
});
