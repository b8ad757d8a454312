// House-keeping, end to end: what no job needs goes when its limits say so, and what a job needs stays.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Job } from '@dopq/contract';
import { type Dopq, loadBaseImage, type PrivateEngine, startDopq, startEngine, waitFor, zip } from '@dopq/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';

let engine: PrivateEngine;

beforeAll(async () => {
  engine = await startEngine();
  await loadBaseImage(engine);
});
afterAll(() => engine[Symbol.asyncDispose]());

/** Each its own image, with something in it that no other has. */
function submission(name: string, command: string, more: object = {}): Promise<Uint8Array> {
  return zip({
    Dockerfile: `FROM busybox\nRUN head -c 100000 /dev/urandom > /${name}\nCMD ["sh", "-c", ${JSON.stringify(command)}]\n`,
    'container_config.json': JSON.stringify({ name, num_gpus: 0, required_memory: '64m', ...more }),
  });
}

async function jobOf(dopq: Dopq, file: string, wanted: (job: Job) => boolean): Promise<Job> {
  let last: Job | undefined;
  await waitFor(
    async () => {
      last = (await dopq.client.jobs.list({ scope: 'all' })).find((job) => job.file === file);
      return last !== undefined && wanted(last);
    },
    { timeoutMs: 60_000, message: () => `${file}; last seen: ${JSON.stringify(last)}\n${dopq.said()}` },
  );
  return last as Job;
}

const isIn =
  (...states: string[]) =>
  ({ state }: Job) =>
    states.includes(state);
const hasImage = async (image: string | null) => (await engine.docker('images', '-q', image ?? 'none')).trim() !== '';
const kept = (folder: string) => readdirSync(folder).map((name) => Number.parseInt(name, 10));

it('removes images, zips and logs of ended jobs by its limits, and nothing that a waiting or running job needs', async () => {
  await using dopq = await startDopq({
    engine: engine.host,
    settings: {
      housekeeping: {
        interval: '0.02',
        'min.free': '0',
        'images.size': '0',
        'zips.keep': '0.0001',
        'logs.size': '0',
      },
    },
  });
  const data = path.join(dopq.dir, 'data');
  dopq.drop('alice', 'waits.zip', await submission('waits', 'echo waited', { hold: true }));
  dopq.drop('alice', 'runs.zip', await submission('runs', 'echo running; sleep 600'));
  dopq.drop('alice', 'ends.zip', await submission('ends', 'echo ended'));
  const waits = await jobOf(dopq, 'waits.zip', isIn('held'));
  const runs = await jobOf(dopq, 'runs.zip', isIn('running'));
  const ends = await jobOf(dopq, 'ends.zip', isIn('finished'));

  await waitFor(async () => !(await hasImage(ends.image)), { timeoutMs: 60_000, message: 'its image to go' });
  await waitFor(() => !kept(path.join(data, 'log')).includes(ends.id), { timeoutMs: 60_000, message: 'its log to go' });
  await waitFor(() => !kept(path.join(data, 'container')).includes(ends.id), {
    timeoutMs: 60_000,
    message: 'its zip to go',
  });
  const said = await dopq.tryDopq('logs', String(ends.id));
  expect(said).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('house-keeping') });

  expect(await hasImage(waits.image)).toBe(true);
  expect(await hasImage(runs.image)).toBe(true);
  expect(new Set(kept(path.join(data, 'container')))).toEqual(new Set([waits.id, runs.id]));
  expect(kept(path.join(data, 'log'))).toEqual(expect.arrayContaining([runs.id, waits.id]));
  const { storage } = await dopq.client.status();
  expect(storage.map(({ use, count }) => [use, count])).toEqual([
    ['zips', 2],
    ['logs', expect.any(Number)],
    ['images', 2],
    ['build cache', null],
  ]);
  expect(storage.find(({ use }) => use === 'images')).toMatchObject({
    max_bytes: 0,
    message: expect.stringContaining('jobs that have not ended need them'),
  });
  expect(await dopq.dopq('status')).toMatch(/kept +! note +\d.* of 2 images/);

  // An image that somebody removed by hand is made again, once, from the zip that was kept.
  await engine.docker('rmi', '-f', waits.image ?? '');
  await dopq.dopq('release', String(waits.id));
  const again = await jobOf(dopq, 'waits.zip', isIn('finished'));
  expect(again).toMatchObject({ outcome: 'succeeded', attempt: 2, image: waits.image });
  await dopq.dopq('cancel', String(runs.id));
  await jobOf(dopq, 'runs.zip', isIn('finished'));
});

it('on a disk that is nearly full builds wait, and runs do not', async () => {
  await using dopq = await startDopq({
    engine: engine.host,
    settings: { housekeeping: { interval: '0.05', 'min.free': '0' }, builder: { 'sleep.interval': '0.2' } },
  });
  dopq.drop('alice', 'built.zip', await submission('built', 'echo done', { hold: true }));
  const built = await jobOf(dopq, 'built.zip', isIn('held'));
  await dopq.stop();
  const full = readFileSync(dopq.config, 'utf8').replace('min.free = 0', 'min.free = 0.99999');
  writeFileSync(dopq.config, full);
  await dopq.start();
  dopq.drop('bob', 'new.zip', await submission('new', 'echo new'));
  const waiting = await jobOf(dopq, 'new.zip', ({ reason }) => reason?.startsWith('waits for disk space') === true);
  expect(waiting.state).toBe('building');
  await dopq.dopq('release', String(built.id));
  expect(await jobOf(dopq, 'built.zip', isIn('finished'))).toMatchObject({ outcome: 'succeeded', attempt: 1 });
  // What no job needs any more goes first.
  await waitFor(async () => !(await hasImage(built.image)), { timeoutMs: 90_000, message: 'the image to go' });
  expect((await dopq.client.status()).disk.find(({ use }) => use === 'images')?.message).toContain('builds wait');
  expect(await jobOf(dopq, 'new.zip', isIn('building'))).toMatchObject({ outcome: null });
  await dopq.stop();
  writeFileSync(dopq.config, full.replace('min.free = 0.99999', 'min.free = 0'));
  await dopq.start();
  expect(await jobOf(dopq, 'new.zip', isIn('finished'))).toMatchObject({ outcome: 'succeeded' });
  expect(existsSync(path.join(dopq.share, 'bob', 'new.zip'))).toBe(false);
});
