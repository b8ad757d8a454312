// The main job, end to end: the real server process, a real Docker Engine, a real folder, the real command line.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Job, Status, User } from '@dopq/contract';
import { type Dopq, loadBaseImage, type PrivateEngine, startDopq, startEngine, waitFor, zip } from '@dopq/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let engine: PrivateEngine;
let dopq: Dopq;

beforeAll(async () => {
  engine = await startEngine();
  await loadBaseImage(engine);
  dopq = await startDopq({ engine: engine.host });
});
afterAll(async () => {
  await dopq[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

function submission(command: string, more: object = {}): Promise<Uint8Array> {
  return zip({
    Dockerfile: `FROM busybox\nCMD ["sh", "-c", ${JSON.stringify(command)}]\n`,
    'container_config.json': JSON.stringify({
      name: 'e2e',
      executor_name: 'alice',
      num_gpus: 0,
      required_memory: '64m',
      ...more,
    }),
  });
}

async function jobOf(file: string, wanted: (job: Job) => boolean): Promise<Job> {
  let last: Job | undefined;
  await waitFor(
    async () => {
      last = (await dopq.client.jobs.list({ scope: 'all' })).find((job) => job.file === file);
      return last !== undefined && wanted(last);
    },
    {
      timeoutMs: 60_000,
      intervalMs: 200,
      message: () => `${file}; last seen: ${JSON.stringify(last)}\n${dopq.said()}`,
    },
  );
  return last as Job;
}

const finished = (job: Job): boolean => job.state === 'finished';
const receiptOf = (user: string, name: string): string =>
  readFileSync(path.join(dopq.share, user, `${name}.status.txt`), 'utf8');

describe('a zip dropped into an inbox', () => {
  it('becomes a finished container with a log and a receipt', async () => {
    dopq.drop('alice', 'good.zip', await submission('echo hello from the container; echo $USER'));
    const job = await jobOf('good.zip', finished);
    expect(job).toMatchObject({
      user: 'alice',
      outcome: 'succeeded',
      exit_code: 0,
      container_name: `dopq-${job.id}-1`,
    });
    for (const at of [job.created_at, job.queued_at, job.started_at, job.finished_at]) expect(at).toMatch(/Z$/);
    expect(await dopq.dopq('logs', String(job.id))).toBe('hello from the container\nalice');
    await waitFor(() => receiptOf('alice', 'good.zip').includes('succeeded'), { message: 'the last receipt' });
    const json = JSON.parse(readFileSync(path.join(dopq.share, 'alice', 'good.zip.status.json'), 'utf8')) as object;
    expect(json).toMatchObject({ id: job.id, state: 'finished', outcome: 'succeeded', user: 'alice' });
    expect(existsSync(path.join(dopq.share, 'alice', 'good.zip'))).toBe(false);
  });

  it('whose build fails is kept in failed.dir, and its last words are in the receipt', async () => {
    const bytes = await zip({
      Dockerfile: 'FROM busybox\nRUN echo about to fail && exit 7\n',
      'container_config.json': JSON.stringify({ name: 'bad', executor_name: 'bob', num_gpus: 0 }),
    });
    dopq.drop('bob', 'badbuild.zip', bytes);
    const job = await jobOf('badbuild.zip', finished);
    expect(job).toMatchObject({ user: 'bob', outcome: 'build_failed' });
    expect(await dopq.dopq('logs', '--build', String(job.id))).toContain('about to fail');
    await waitFor(() => receiptOf('bob', 'badbuild.zip').includes('about to fail'), { message: 'the receipt' });
    await waitFor(() => readdirSync(path.join(dopq.dir, 'data', 'failed'), { recursive: true }).length > 0, {
      message: 'the zip in failed.dir',
    });
  });

  it('with a broken configuration is rejected, moved to invalid/, and told how to mend it', async () => {
    dopq.drop('alice', 'typo.zip', await submission('true', { num_gpu: 1 }));
    const job = await jobOf('typo.zip', finished);
    expect(job.outcome).toBe('rejected');
    await waitFor(() => receiptOf('alice', 'typo.zip').includes('num_gpus'), { message: 'the hint in the receipt' });
    await waitFor(() => existsSync(path.join(dopq.share, 'alice', 'invalid', 'typo.zip')), {
      message: 'the zip in invalid/',
    });
  });

  it('that asks for a GPU on a machine without is rejected at once, saying so', async () => {
    dopq.drop('alice', 'gpu.zip', await submission('true', { num_gpus: 1 }));
    const job = await jobOf('gpu.zip', finished);
    expect(job).toMatchObject({ outcome: 'rejected' });
    expect(job.reason).toMatch(/GPU/);
  });

  it('can be withdrawn with dopq cancel while it runs', async () => {
    dopq.drop('alice', 'long.zip', await submission('echo started; sleep 1000'));
    const running = await jobOf('long.zip', (job) => job.state === 'running');
    await dopq.dopq('cancel', String(running.id));
    expect(await jobOf('long.zip', finished)).toMatchObject({ outcome: 'cancelled' });
  });

  it('writes into /outdir as its own user', async () => {
    dopq.drop('bob', 'writes.zip', await submission('echo result > /outdir/result.txt', { executor_name: 'bob' }));
    expect(await jobOf('writes.zip', finished)).toMatchObject({ outcome: 'succeeded' });
    expect(readFileSync(path.join(dopq.output, 'bob', 'result.txt'), 'utf8')).toBe('result\n');
  });
});

describe('the server', () => {
  it('that is killed adopts what ran, and the true exit code arrives', async () => {
    dopq.drop(
      'alice',
      'survivor.zip',
      await submission('for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.5; done; exit 9'),
    );
    await jobOf('survivor.zip', (job) => job.state === 'running');
    await dopq.kill();
    await dopq.start();
    const job = await jobOf('survivor.zip', finished);
    expect(job).toMatchObject({ outcome: 'failed', exit_code: 9, attempt: 1 });
    await waitFor(async () => (await dopq.dopq('logs', String(job.id))) === '1\n2\n3\n4\n5\n6\n7\n8', {
      message: 'the whole log',
    });
  });

  it('tells its state, and whose turn it is', async () => {
    const status = Status.parse(JSON.parse(await dopq.dopq('status', '-o', 'json')));
    expect(status).toMatchObject({
      queue: { state: 'running' },
      provider: { state: 'running' },
      share: { state: 'ok' },
    });
    Job.array().parse(JSON.parse(await dopq.dopq('ps', '-a', '-o', 'json')));
    const users = User.array().parse(JSON.parse(await dopq.dopq('users', '-o', 'json')));
    expect(users.map((user) => user.name)).toEqual(['alice', 'bob']);
    expect(users[0]?.penalty).toBeGreaterThan(0);
  });

  it('a second one on the same data refuses to start and names the first (row 55)', async () => {
    const { exitCode, stderr } = await dopq.tryDopq('serve');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(`pid`);
  });
});

it('what runs is told with its container, its user, its times and what it uses', async () => {
  const bytes = await submission('while :; do :; done', { name: 'busy', executor_name: 'bob', cpus: 0.2 });
  dopq.drop('bob', 'busy.zip', bytes);
  const job = await jobOf('busy.zip', ({ use }) => use !== null && use.cpu_percent > 0);
  expect(job).toMatchObject({
    name: 'busy',
    user: 'bob',
    state: 'running',
    container_name: `dopq-${job.id}-1`,
    gpu_indices: [],
    created_at: expect.stringMatching(/Z$/),
    started_at: expect.stringMatching(/Z$/),
    use: { gpu_utilization_percent: null, gpu_memory_bytes: null },
  });
  expect(Date.parse(job.started_at ?? '')).toBeGreaterThan(Date.parse(job.created_at));
  expect(job.use?.cpu_percent).toBeLessThan(60);
  expect(job.use?.memory_bytes).toBeGreaterThan(10_000);
  await dopq.client.jobs.cancel({ id: job.id });
});
