import { expect, test } from 'vitest';
import type { JobPatch } from '../store/jobs.ts';
import { runController, type RunningController } from './running-controller.fixture.ts';

function jobOf(running: RunningController, user: string, name: string, patch: JobPatch = {}) {
  const { store, clock } = running;
  clock.at += 1000;
  const { id } = running.addJob({ user, name });
  store.jobs.change(id, ['receiving'], patch);
  return id;
}

test('a page holds its part of what is served, then of the history, and says how many there are', async () => {
  await using running = await runController();
  const { client, view, clock } = running;
  const finished = [1, 2, 3].map((at) =>
    jobOf(running, 'alice', `old-${at}`, { state: 'finished', outcome: 'succeeded', finishedAt: clock.at + at }),
  );
  const late = jobOf(running, 'bob', 'late', { state: 'queued', queuedAt: 1 });
  const early = jobOf(running, 'bob', 'early', { state: 'queued', queuedAt: 2 });
  view.order = [early, late];
  const page = async (offset: number, limit: number) => {
    const { jobs, total } = await client.jobs.page({ scope: 'all', offset, limit });
    return [total, ...jobs.map(({ id }) => id)];
  };
  expect(await page(0, 3)).toEqual([5, early, late, finished[2]]);
  expect(await page(3, 3)).toEqual([5, finished[1], finished[0]]);
  expect(await page(10, 3)).toEqual([5]);
});

test('pages are sorted by any column, and jobs without a value come last either way', async () => {
  await using running = await runController();
  const [b, none, a] = [
    jobOf(running, 'alice', 'b', { state: 'finished', outcome: 'failed', startedAt: 10, finishedAt: 90 }),
    jobOf(running, 'alice', 'C', { state: 'finished', outcome: 'rejected', finishedAt: 95 }),
    jobOf(running, 'alice', 'A', { state: 'finished', outcome: 'failed', startedAt: 10, finishedAt: 40 }),
  ];
  const ids = async (query: Parameters<typeof running.client.jobs.page>[0]) =>
    (await running.client.jobs.page({ scope: 'finished', ...query })).jobs.map(({ id }) => id);
  expect(await ids({ sort: 'name' })).toEqual([a, b, none]);
  expect(await ids({ sort: 'run_time' })).toEqual([a, b, none]);
  expect(await ids({ sort: 'run_time', descending: true })).toEqual([b, a, none]);
  expect(await ids({ sort: 'id', descending: true, limit: 1, offset: 1 })).toEqual([none]);
});

test('a list is narrowed by states, outcomes, users, text and dates, and text is no pattern', async () => {
  await using running = await runController();
  const { client, clock } = running;
  const one = jobOf(running, 'alice', '100% done', { state: 'queued', reason: 'waits for <b>GPU</b>' });
  const noon = new Date(clock.at).toISOString();
  const two = jobOf(running, 'bob', 'resnet', { state: 'held' });
  const three = jobOf(running, 'bob', 'bert', { state: 'finished', outcome: 'timed_out', finishedAt: clock.at });
  const ids = async (query: Parameters<typeof client.jobs.list>[0]) =>
    (await client.jobs.list({ scope: 'all', ...query })).map(({ id }) => id);
  expect(await ids({ states: ['queued', 'held'] })).toEqual([one, two]);
  expect(await ids({ outcomes: ['timed_out', 'failed'] })).toEqual([three]);
  expect(await ids({ text: '%' })).toEqual([one]);
  expect(await ids({ text: 'RESNET' })).toEqual([two]);
  expect(await ids({ text: `#${two}` })).toEqual([two]);
  expect(await ids({ text: '<b>gpu' })).toEqual([one]);
  expect(await ids({ until: noon })).toEqual([one]);
  expect(await ids({ since: noon, user: 'bob' })).toEqual([two, three]);
  expect(await ids({ date: 'finished', since: noon })).toEqual([three]);
  expect(await ids({ gpu: 'GPU-1' })).toEqual([]);
});

test('of many jobs those that wait are deleted, and each of the others comes back with why not', async () => {
  await using running = await runController();
  const { client, store } = running;
  const [waits, runs, ended] = [
    jobOf(running, 'alice', 'a', { state: 'queued' }),
    jobOf(running, 'alice', 'b', { state: 'running' }),
    jobOf(running, 'alice', 'c', { state: 'finished', outcome: 'failed', finishedAt: 1 }),
  ];
  const { deleted, refused } = await client.jobs.delete({ ids: [waits, waits, runs, ended, 99] });
  expect(deleted).toEqual([waits]);
  expect(refused.map(({ id, code }) => [id, code])).toEqual([
    [runs, 'JOB_NOT_WAITING'],
    [ended, 'JOB_NOT_ACTIVE'],
    [99, 'JOB_NOT_FOUND'],
  ]);
  expect(refused[0]?.fix).toBe(`\`dopq cancel ${runs}\` stops it.`);
  expect(store.jobs.get(runs).cancelRequestedAt).toBeNull();
});
