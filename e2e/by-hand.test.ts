// What people do beside DoPQ, and what jobs do to it: containers paused, killed, removed and started by hand, foreign
// containers on GPUs, logs without end, a stop of the server, a copy of its database.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Job } from '@dopq/contract';
import { type Dopq, type FakeNvidiaSmi, fakeGpus, type PrivateEngine, startDopq, waitFor, zip } from '@dopq/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { gpuStage, QUICK, type Stage, type Wish, Workload } from './workload.ts';

const GPUS = fakeGpus(2);
/** More with these variables. */
const FLOOD_MIB = Number(process.env.DOPQ_FLOOD_MIB ?? 2);
const LONG_LINE_MIB = Number(process.env.DOPQ_LONG_LINE_MIB ?? 1);

let stage: Stage;
let engine: PrivateEngine;
let smi: FakeNvidiaSmi;
let dopq: Dopq;
let work: Workload;

beforeAll(async () => {
  stage = await gpuStage(GPUS);
  ({ engine, smi, dopq, work } = stage);
});
afterEach(() => work.settled());
afterAll(() => stage[Symbol.asyncDispose]());

async function runningJob(waitsFor: string, gpus = 0): Promise<Job> {
  await work.drop({ ending: 0, waitsFor, gpus });
  const [job] = await work.inState('running', 1);
  if (!job) throw new Error('nothing runs');
  await work.begun([job]);
  return job;
}

async function ended(id: number): Promise<Job> {
  return await waitFor(async () => [await dopq.client.jobs.get({ id })].find((job) => job.state === 'finished'), {
    timeoutMs: 100_000,
    intervalMs: 100,
    message: () => `the end of #${id}\n${dopq.said().slice(-3000)}`,
  });
}

/** When its container had its GPUs, milliseconds since 1970. */
function spanOf({ started_at, finished_at }: Job): { from: number; to: number } {
  return { from: Date.parse(started_at ?? ''), to: Date.parse(finished_at ?? '') };
}

// The first of this file, so that both servers begin to count at one.
it('another DoPQ on the same engine runs its jobs of the same numbers beside ours, and neither touches what is not its own (rows 45, 56)', async () => {
  const settings = { ...QUICK, docker: { 'nvidia.smi': smi.command } };
  const other = await startDopq({ engine: engine.host, settings });
  const theirs = new Workload(other, engine);
  try {
    const ours = await runningJob('both-run', 1);
    await theirs.drop({ ending: 7, waitsFor: 'both-run', gpus: 1 });
    const [job] = await theirs.inState('running', 1);
    if (!job) throw new Error('nothing runs');
    expect([job.id, ours.id, ours.container_name]).toEqual([1, 1, 'dopq-1-1']);
    expect(job.container_name).toMatch(/^dopq-1-1-[0-9a-f]{6}$/);
    // Each took the GPU that the other had left.
    expect([...job.gpus, ...ours.gpus].toSorted()).toEqual(GPUS.map(({ uuid }) => uuid));

    await other.kill();
    await dopq.client.jobs.cancel({ id: ours.id });
    expect(await ended(ours.id)).toMatchObject({ outcome: 'cancelled' });
    expect(await engine.docker('ps', '--format', '{{.Names}}')).toBe(job.container_name);
    await work.drop({ ending: 0, gpus: 2 });
    await waitFor(async () => {
      const [waiting] = await dopq.client.jobs.list({ state: 'queued' });
      return waiting?.reason?.includes(job.container_name ?? '');
    });
    await other.start();
    theirs.release('both-run');
    expect(await theirs.untrueEnds()).toEqual([]);
    await theirs.settled();
    expect((await work.finished()).map(({ outcome }) => outcome)).toEqual(['cancelled', 'succeeded']);

    // From here on both want all GPUs, and see them free in the same moments.
    const wishes: Wish[] = Array.from({ length: 3 }, () => ({ ending: 0, gpus: 2 }));
    await Promise.all([work.drop(...wishes), theirs.drop(...wishes)]);
    const rivals = await Promise.all([work.finished(), theirs.finished()]);
    const spans = rivals.flatMap((jobs) => jobs.filter(({ gpus }) => gpus.length === 2).map(spanOf));
    spans.sort((a, b) => a.from - b.from);
    expect(spans).toHaveLength(7);
    expect(spans.filter((span, index) => span.to > (spans[index + 1]?.from ?? Infinity))).toEqual([]);
    expect(await theirs.untrueEnds({ mayGiveWay: true })).toEqual([]);
    await theirs.settled();
  } finally {
    await other[Symbol.asyncDispose]();
  }
});

describe('a container that somebody', () => {
  it('pauses goes on when it is let, and its job never ended (row 44)', async () => {
    const job = await runningJob('unpaused');
    await engine.docker('pause', job.container_name ?? '');
    work.release('unpaused');
    expect((await dopq.client.jobs.get({ id: job.id })).state).toBe('running');
    await engine.docker('unpause', job.container_name ?? '');
    expect(await ended(job.id)).toMatchObject({ outcome: 'succeeded', attempt: 1 });
  });

  it('kills is failed by that signal, and its GPUs are free again (row 43)', async () => {
    const job = await runningJob('never-1', 2);
    await engine.docker('kill', job.container_name ?? '');
    expect(await ended(job.id)).toMatchObject({
      outcome: 'failed',
      exit_code: 137,
      reason: expect.stringContaining('KILL'),
    });
    const next = await runningJob('next', 2);
    work.release('next');
    expect(await ended(next.id)).toMatchObject({ outcome: 'succeeded' });
  });

  it('removes is lost, never run again, and its GPUs are free again (row 43)', async () => {
    const job = await runningJob('never-2', 1);
    await engine.docker('rm', '-f', job.container_name ?? '');
    expect(await ended(job.id)).toMatchObject({ outcome: 'lost', attempt: 1 });
    expect((await dopq.client.gpus.list()).filter(({ state }) => state !== 'free')).toEqual([]);
  });
});

it('a GPU that a container of somebody else has is busy, and free again when that ends (row 45)', async () => {
  await engine.docker(
    'run',
    '-d',
    '--name',
    'foreign',
    '--gpus',
    `"device=${GPUS[0]?.uuid}"`,
    'busybox',
    'sleep',
    '1000',
  );
  await waitFor(async () => (await dopq.client.gpus.list())[0]?.state === 'outside', { timeoutMs: 60_000 });
  await work.drop({ ending: 0, gpus: 2 });
  const waiting = await waitFor(
    async () => (await dopq.client.jobs.list({ state: 'queued' })).find(({ reason }) => reason?.includes('foreign')),
    { timeoutMs: 60_000 },
  );
  await engine.docker('rm', '-f', 'foreign');
  expect(await ended(waiting.id)).toMatchObject({ outcome: 'succeeded' });
});

it(`a job that prints ${FLOOD_MIB} MiB and one line of ${LONG_LINE_MIB} MiB has all of it in its log, and the server answers meanwhile (row 63)`, async () => {
  const command = `yes 0123456789012345678901234567890 | head -c ${FLOOD_MIB}m; head -c ${LONG_LINE_MIB}m /dev/zero | tr '\\0' x; echo; echo the end`;
  dopq.drop(
    'alice',
    'flood.zip',
    await zip({
      Dockerfile: `FROM busybox\nCMD ["sh", "-c", ${JSON.stringify(command)}]\n`,
      'container_config.json': JSON.stringify({ name: 'flood', num_gpus: 0, cpus: 0.25, required_memory: '64m' }),
    }),
  );
  const job = await waitFor(
    async () =>
      (await dopq.client.jobs.list({ scope: 'all' })).find(
        (found) => found.file === 'flood.zip' && found.state === 'finished',
      ),
    { timeoutMs: 3_600_000, intervalMs: 100 },
  );
  expect(job).toMatchObject({ outcome: 'succeeded' });
  const log = job.log ?? '';
  await waitFor(() => execFileSync('tail', ['-n', '1', log], { encoding: 'utf8' }).endsWith(' the end\n'), {
    timeoutMs: 600_000,
  });
  // Each line has the engine's time stamp before it. Of what is printed faster than it can be copied the engine keeps 150 MB.
  const isWhole = statSync(log).size > (FLOOD_MIB + LONG_LINE_MIB) * 2 ** 20;
  const gaps = countMarkedGaps(log);
  if (FLOOD_MIB > 100) console.log(`${statSync(log).size} bytes of log, ${gaps} marked gaps`);
  expect(isWhole || (FLOOD_MIB > 100 && gaps > 0)).toBe(true);
  expect(await dopq.dopq('logs', '--tail', '1', String(job.id))).toBe('the end');
}, 7_200_000);

function countMarkedGaps(log: string): number {
  const counted = spawnSync('grep', ['--count', 'lines are missing here', log], { encoding: 'utf8' });
  return Number(counted.stdout);
}

describe('the server', () => {
  it('that is told to stop goes at once, leaves its containers, and finds them again (rows 53, 60)', async () => {
    const job = await runningJob('after-stop');
    const toldAt = performance.now();
    expect(await dopq.stop()).toBe(0);
    expect(performance.now() - toldAt).toBeLessThan(30_000);
    expect(await engine.docker('ps', '-q', '--filter', `name=${job.container_name}`)).not.toBe('');
    work.release('after-stop');
    await dopq.start();
    expect(await ended(job.id)).toMatchObject({ outcome: 'succeeded', exit_code: 0, attempt: 1 });
  });

  it('is copied while it runs and restored while it does not; later jobs keep their numbers to themselves (rows 55, 57)', async () => {
    const copy = path.join(dopq.dir, 'copy.db');
    expect(await dopq.dopq('backup', copy)).toContain(copy);
    const before = await dopq.client.jobs.list({ scope: 'all' });
    const refused = await dopq.tryDopq('restore', copy);
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`pid ${(await dopq.client.status()).server.pid}`),
    ]);
    await dopq.stop();
    expect(await dopq.dopq('restore', copy)).toContain(`restored ${before.length} jobs`);
    await dopq.start();
    expect(await dopq.client.jobs.list({ scope: 'all' })).toHaveLength(before.length);
  });

  it('whose database is gone does not begin a new one: it says how to bring it back (row 57)', async () => {
    await dopq.stop();
    const database = path.join(dopq.dir, 'data', 'dopq.db');
    execFileSync('mv', [database, `${database}.gone`]);
    const { exitCode, stderr } = await dopq.tryDopq('serve');
    expect([exitCode, stderr]).toEqual([69, expect.stringMatching(/is missing.*dopq restore .*backups/)]);
    execFileSync('mv', [`${database}.gone`, database]);
    await dopq.start();
    expect(readFileSync(database).length).toBeGreaterThan(0);
  });
});
