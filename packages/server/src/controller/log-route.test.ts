import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { runController } from './running-controller.fixture.ts';

/** A busy machine may take its time. */
const SOON = { timeout: 4000 };

type Running = Awaited<ReturnType<typeof runController>>;

/** A job whose container runs and whose log is being written. */
function runJob(running: Running) {
  const { id } = running.addJob();
  running.store.jobs.change(id, ['receiving'], { state: 'queued' });
  return { id, ...beginAttempt(running, id) };
}

function beginAttempt({ store, deps }: Running, id: number) {
  const log = path.join(deps.config.paths.log, `${id}-${store.jobs.get(id).attempt + 1}.log`);
  const placement = { machineId: 'local', gpuUuids: [], gpuModels: [], slotsPerGpu: 1 };
  const attempt = store.attempts.begin(store.jobs.get(id), placement, (number) => ({
    container: `dopq-${id}-${number}`,
    log,
  }));
  if (!attempt) throw new Error('not begun');
  return { log, attempt };
}

test('the log of a job is its newest run, or its last lines', async () => {
  await using running = await runController();
  const { id, log } = runJob(running);
  writeFileSync(log, 'one\ntwo\nthree\n');
  expect(await (await running.send(`/jobs/${id}/log`)).text()).toBe('one\ntwo\nthree\n');
  expect(await (await running.send(`/jobs/${id}/log?tail=2`)).text()).toBe('two\nthree\n');
  expect(await (await running.send(`/jobs/${id}/log?tail=0`)).text()).toBe('');
  expect(await (await running.send(`/jobs/${id}/log?tail=99`)).text()).toBe('one\ntwo\nthree\n');
});

test('the last lines of a log much longer than a chunk are found, also without a final line break', async () => {
  await using running = await runController();
  const { id, log } = runJob(running);
  const lines = Array.from({ length: 30_000 }, (_, index) => `line ${index}`);
  writeFileSync(log, lines.join('\n'));
  expect(await (await running.send(`/jobs/${id}/log?tail=12000`)).text()).toBe(lines.slice(-12_000).join('\n'));
});

test('a follower gets every line of every attempt, and its answer ends when the job has and its log is whole', async () => {
  await using running = await runController();
  const { store, clock } = running;
  const { id, log, attempt } = runJob(running);
  writeFileSync(log, 'first attempt\n');
  const answer = await running.send(`/jobs/${id}/log?follow=1`);
  let text = '';
  answer.body.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await vi.waitFor(() => expect(text).toBe('first attempt\n'), SOON);

  const end = { outcome: 'interrupted', reason: 'engine restarted', exitCode: null, endedAt: clock.at } as const;
  store.attempts.retry(attempt, end, clock.at);
  const second = beginAttempt(running, id);
  writeFileSync(second.log, 'second ');
  await vi.waitFor(() => expect(text).toContain('second '), SOON);
  appendFileSync(second.log, 'attempt\n');
  store.attempts.finish(second.attempt, { ...end, outcome: 'succeeded', exitCode: 0 });
  expect(answer.body.readableEnded).toBe(false);
  appendFileSync(second.log, 'its last line\n');
  store.attempts.markLogComplete(id, 2);

  await vi.waitFor(() => expect(answer.body.readableEnded).toBe(true), SOON);
  expect(text).toBe('first attempt\nsecond attempt\nits last line\n');
});

test('following a job that never starts ends with the job', async () => {
  await using running = await runController();
  const { id } = running.addJob();
  const answer = running.send(`/jobs/${id}/log?follow=1`);
  await running.client.jobs.cancel({ id });
  expect(await (await answer).text()).toBe('');
});

test('the build log is followed until the build has ended', async () => {
  await using running = await runController();
  const { id } = running.addJob();
  const buildLog = path.join(running.deps.config.paths.log, 'build.log');
  writeFileSync(buildLog, 'Step 1/2\n');
  running.store.jobs.change(id, ['receiving'], { state: 'building', buildLog });
  const answer = await running.send(`/jobs/${id}/log?kind=build&follow=1`);
  appendFileSync(buildLog, 'Step 2/2\n');
  running.store.jobs.change(id, ['building'], { state: 'queued' });
  expect(await answer.text()).toBe('Step 1/2\nStep 2/2\n');
});

test('a job whose image was there already says that it needed no build', async () => {
  await using running = await runController();
  const { id } = running.addJob();
  running.store.jobs.change(id, ['receiving'], { state: 'queued', image: 'dopq/abc:def', imageId: 'sha256:1' });
  const answer = await running.send(`/jobs/${id}/log?kind=build`);
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain('the image with its content was there already');
});

test.each([
  ['/jobs/99/log', 404, 'JOB_NOT_FOUND'],
  ['/jobs/1/log', 404, 'LOG_NOT_FOUND'],
  ['/jobs/1/log?kind=build', 404, 'LOG_NOT_FOUND'],
  ['/jobs/1/log?kind=../../etc', 400, 'BAD_REQUEST'],
  ['/jobs/..%2F..%2Fetc%2Fpasswd/log', 400, 'BAD_REQUEST'],
  ['/jobs/99/log?follow=1', 404, 'JOB_NOT_FOUND'],
  ['/nothing', 404, 'NOT_FOUND'],
])('GET %s is answered %i %s', async (route, status, code) => {
  await using running = await runController();
  running.addJob();
  const answer = await running.send(route);
  expect(JSON.parse(await answer.text())).toMatchObject({ code, status });
  expect(answer.status).toBe(status);
});

test('stopping the controller does not wait for followers', async () => {
  const running = await runController();
  const { id, log } = runJob(running);
  writeFileSync(log, 'on and on\n');
  const answer = await running.send(`/jobs/${id}/log?follow=1`);
  const closed = new Promise((resolve) => answer.body.once('close', resolve).once('error', () => {}));
  answer.body.resume();
  await running[Symbol.asyncDispose]();
  await closed;
  expect(answer.body.complete).toBe(false);
});

test('a part of a log is asked for by its bytes, and what is beyond the end is said to be', async () => {
  await using running = await runController();
  const { id, log } = runJob(running);
  const text = '2031-04-04T12:00:00.000000000Z one\n2031-04-04T12:00:01.000000000Z two\n';
  writeFileSync(log, text);
  const part = async (range: string, query = '?timestamps=1') => {
    const answer = await running.send(`/jobs/${id}/log${query}`, { headers: { range } });
    return [answer.status, answer.body.headers['content-range'], await answer.text()];
  };
  expect(await part('bytes=31-33')).toEqual([206, `bytes 31-33/${text.length}`, 'one']);
  expect(await part('bytes=35-')).toEqual([206, `bytes 35-${text.length - 1}/${text.length}`, text.slice(35)]);
  expect(await part(`bytes=${text.length}-`)).toEqual([204, `bytes */${text.length}`, '']);
  expect(await part('bytes=999-')).toEqual([416, `bytes */${text.length}`, '']);
  // A log that is to come is no error: there is nothing of it yet.
  const { id: next } = runJob(running);
  const early = await running.send(`/jobs/${next}/log?timestamps=1`, { headers: { range: 'bytes=0-9' } });
  expect([early.status, early.body.headers['content-range']]).toEqual([204, 'bytes */0']);
  // Without the times the bytes are others than the file's: the whole is sent, as HTTP allows.
  expect(await part('bytes=0-3', '')).toEqual([200, undefined, 'one\ntwo\n']);
});
