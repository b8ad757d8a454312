import { findRefusal } from '@dopq/contract';
import { expect, test } from 'vitest';
import { runController } from './running-controller.fixture.ts';

/** A refusal's code, message and fix. */
function refusalOf(call: Promise<unknown>) {
  return call.then(
    () => undefined,
    (error: unknown) => findRefusal(error),
  );
}

test('active jobs come in the order they are served, each with its place and the reason the queue gives', async () => {
  await using running = await runController();
  const { client, store, view } = running;
  const [receiving, late, early, runs] = [running.addJob(), running.addJob(), running.addJob(), running.addJob()];
  for (const job of [late, early, runs])
    store.jobs.change(job.id, ['receiving'], { state: 'queued', queuedAt: 1, numGpus: 0 });
  const begun = store.attempts.begin(
    store.jobs.get(runs.id),
    { machineId: 'local', gpuUuids: ['GPU-1'], gpuModels: ['A100'], slotsPerGpu: 1 },
    (attempt) => ({ container: `dopq-${runs.id}-${attempt}`, log: '/log/run.log' }),
  );
  if (begun) store.attempts.markRunning(begun, 'c0ffee', 2);
  view.order = [early.id, late.id];
  view.reasons.set(late.id, 'waits for a free GPU');

  const jobs = await client.jobs.list({});

  expect(jobs.map(({ id }) => id)).toEqual([runs.id, early.id, late.id, receiving.id]);
  expect(jobs.map(({ position }) => position)).toEqual([null, 1, 2, null]);
  expect(jobs[2]).toMatchObject({ state: 'queued', reason: 'waits for a free GPU' });
  expect(jobs[0]).toMatchObject({ state: 'running', gpus: ['GPU-1'], container_name: `dopq-${runs.id}-1` });
});

test('with scope all the finished jobs follow the active ones, newest first', async () => {
  await using running = await runController();
  const { client, store, clock } = running;
  const [first, second, active] = [running.addJob(), running.addJob(), running.addJob()];
  for (const job of [first, second]) {
    clock.at += 1000;
    store.jobs.change(job.id, ['receiving'], { state: 'finished', outcome: 'rejected', finishedAt: clock.at });
  }
  const ids = async (query: Parameters<typeof client.jobs.list>[0]) =>
    (await client.jobs.list(query)).map(({ id }) => id);
  expect(await ids({ scope: 'all' })).toEqual([active.id, second.id, first.id]);
  expect(await ids({ scope: 'finished', limit: 1 })).toEqual([second.id]);
  expect(await ids({ scope: 'all', user: 'nobody' })).toEqual([]);
});

test('a list of finished jobs is never longer than max.history', async () => {
  await using running = await runController({ 'max.history': '2' });
  for (let count = 0; count < 4; count++) {
    running.store.jobs.change(running.addJob().id, ['receiving'], {
      state: 'finished',
      outcome: 'rejected',
      finishedAt: count,
    });
  }
  expect(await running.client.jobs.list({ scope: 'finished' })).toHaveLength(2);
});

test.each(['receiving', 'checking', 'building', 'queued', 'held'] as const)(
  'cancelling a job that is %s ends it at once and tells the Provider',
  async (state) => {
    await using running = await runController();
    const { client, store, asked } = running;
    const { id } = running.addJob();
    store.jobs.change(id, ['receiving'], { state });

    const cancelled = await client.jobs.cancel({ id, reason: 'wrong data' });

    expect(cancelled).toMatchObject({
      state: 'finished',
      outcome: 'cancelled',
      reason: 'cancelled by admin: wrong data',
    });
    expect(cancelled.finished_at).not.toBeNull();
    expect(asked).toEqual([`abort ${id}`, 'wake']);
    expect((await client.jobs.events({ id })).at(-1)).toMatchObject({ actor: 'admin', kind: 'finished' });
  },
);

test('cancelling a running job records the wish once and wakes the queue, which stops the container', async () => {
  await using running = await runController();
  const { client, store, asked, clock } = running;
  const { id } = running.addJob();
  store.jobs.change(id, ['receiving'], { state: 'running' });

  expect(await client.jobs.cancel({ id })).toMatchObject({ state: 'running', reason: 'stopping: cancelled by admin' });
  const at = clock.at;
  clock.at += 5000;
  await client.jobs.cancel({ id });

  expect(store.jobs.get(id)).toMatchObject({ cancelRequestedAt: at, cancelActor: 'admin' });
  expect(asked).toEqual(['wake', 'wake']);
  const events = await client.jobs.events({ id });
  expect(events.filter(({ kind }) => kind === 'cancel_requested')).toHaveLength(1);
});

test('what is not there and what has ended is refused with a code, a cause and a fix', async () => {
  await using running = await runController();
  const { client, store } = running;
  const { id } = running.addJob();
  store.jobs.change(id, ['receiving'], { state: 'finished', outcome: 'rejected', finishedAt: 1 });

  expect(await refusalOf(client.jobs.get({ id: 99 }))).toEqual({
    code: 'JOB_NOT_FOUND',
    message: 'There is no job #99.',
    fix: 'See `dopq ps -a` for the jobs there are.',
  });
  expect(await refusalOf(client.jobs.events({ id: 99 }))).toMatchObject({ code: 'JOB_NOT_FOUND' });
  expect(await refusalOf(client.jobs.cancel({ id }))).toMatchObject({
    code: 'JOB_NOT_ACTIVE',
    message: `Job #${id} has ended (rejected).`,
  });
  expect(await refusalOf(client.jobs.get({ id: -1 }))).toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringContaining('id'),
  });
});

test('an error of the inside is answered without its words', async () => {
  await using running = await runController();
  running.deps.queue.view = () => {
    throw new Error('password is 1234');
  };
  const refusal = await refusalOf(running.client.jobs.list({}));
  expect(refusal).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  expect(JSON.stringify(refusal)).not.toContain('1234');
});
