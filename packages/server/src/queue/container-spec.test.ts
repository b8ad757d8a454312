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
  jobId: 5,
  gpuUuids: ['GPU-1'],
  gpuMemoryBytes: null,
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
  endpoint: 'unix:///var/run/docker.sock',
} as never as Parameters<typeof containerSpec>[3]['docker'];
const paths = { data: '/data' } as Parameters<typeof containerSpec>[3]['paths'];

function specOf(
  submission: Partial<Submission> = {},
  more: Partial<JobRecord> = {},
  secrets: Record<string, string> = {},
) {
  const job = { id: 5, imageId: 'sha256:1', timeLimitMs: null, arrayId: null } as JobRecord;
  Object.assign(job, { submission: { runOptions: {}, ...submission } }, more);
  return containerSpec(job, attempt, user, { docker, paths }, { instance: 'instance-1', secrets });
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

  it('finds the notice of its time limit in a folder that it cannot write to', () => {
    const { mounts, env } = specOf({}, { timeLimitMs: 1000 });
    expect(mounts).toContainEqual({ source: '/data/notices/5.2', target: '/run/dopq', readOnly: true });
    expect(env.DOPQ_NOTICE).toBe('/run/dopq/notice.json');
    expect(specOf().env).not.toHaveProperty('DOPQ_NOTICE');
  });

  it('of an array knows its place in it', () => {
    const { env } = specOf({}, { arrayId: 3, arrayIndex: 2, arrayCount: 4 });
    expect(env).toMatchObject({ DOPQ_ARRAY: '3', DOPQ_ARRAY_INDEX: '2', DOPQ_ARRAY_COUNT: '4' });
    const retried = specOf({}, { arrayId: null, arrayIndex: 2, arrayCount: 4 });
    expect(retried.env).toMatchObject({ DOPQ_ARRAY: '5', DOPQ_ARRAY_INDEX: '2', DOPQ_ARRAY_COUNT: '4' });
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

describe('secrets', () => {
  it('are environment, behind what the submission says and never in the place of what DoPQ sets', () => {
    const secrets = { WANDB_API_KEY: 'from-the-vault', MODE: 'vault', USER: 'root', DOPQ_JOB: '1' };
    const { env } = specOf({ runOptions: { env: { MODE: 'submission' } } }, {}, secrets);
    expect(env).toMatchObject({ WANDB_API_KEY: 'from-the-vault', MODE: 'submission', USER: 'alice', DOPQ_JOB: '5' });
  });
});
