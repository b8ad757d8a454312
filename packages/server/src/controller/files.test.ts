import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findRefusal } from '@dopq/contract';
import { expect, test } from 'vitest';
import { runController, type RunningController } from './running-controller.fixture.ts';

const refusalOf = (call: Promise<unknown>) => call.then(undefined, (error: unknown) => findRefusal(error));

/** A running job of alice, and her output folder. */
function withOutput(running: RunningController) {
  const { deps, store, clock } = running;
  const mount = deps.config.docker.mounts.find(({ target }) => target === '/outdir');
  const folder = path.join(mount?.source ?? '', 'alice');
  mkdirSync(folder, { recursive: true });
  const { id } = running.addJob();
  store.jobs.change(id, ['receiving'], { state: 'running', startedAt: clock.at });
  return { id, folder, outside: path.dirname(folder) };
}

test('output files are listed, folders first, with what was written since the start, and sent as they are', async () => {
  await using running = await runController();
  const { id, folder } = withOutput(running);
  mkdirSync(path.join(folder, 'results'));
  writeFileSync(path.join(folder, 'results', 'ü "1".bin'), Buffer.from([0, 255, 10]));
  writeFileSync(path.join(folder, 'a-old.txt'), 'old');
  const [before, after] = [running.clock.at / 1000 - 60, running.clock.at / 1000 + 60];
  utimesSync(path.join(folder, 'a-old.txt'), before, before);
  utimesSync(path.join(folder, 'results'), after, after);

  const { entries, more } = await running.client.jobs.files({ id });
  expect(entries.map(({ name, kind, bytes, since_start: since }) => [name, kind, bytes, since])).toEqual([
    ['results', 'folder', 0, true],
    ['a-old.txt', 'file', 3, false],
  ]);
  expect(more).toBe(false);
  expect((await running.client.jobs.files({ id, path: 'results' })).entries).toHaveLength(1);

  const answer = await running.send(`/jobs/${id}/files?path=${encodeURIComponent('results/ü "1".bin')}`);
  expect(answer.status).toBe(200);
  expect(Buffer.concat(await answer.body.toArray())).toEqual(Buffer.from([0, 255, 10]));
  expect(answer.body.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': "attachment; filename*=UTF-8''%C3%BC%20%221%22.bin",
    'x-content-type-options': 'nosniff',
  });
});

test('nothing leads out of the folder: no link, no second name, no dots, and nothing that waits for a writer (row 69)', async () => {
  await using running = await runController();
  const { id, folder, outside } = withOutput(running);
  writeFileSync(path.join(outside, 'secret'), 'of somebody else');
  symlinkSync(path.join(outside, 'secret'), path.join(folder, 'link'));
  symlinkSync(outside, path.join(folder, 'up'));
  linkSync(path.join(outside, 'secret'), path.join(folder, 'second-name'));
  execFileSync('mkfifo', [path.join(folder, 'pipe')]);

  for (const name of ['link', 'up/secret', 'second-name', 'pipe', '', 'up', 'nothing']) {
    const answer = await running.send(`/jobs/${id}/files?path=${encodeURIComponent(name)}`);
    expect([name, answer.status]).toEqual([name, name === '' ? 400 : 404]);
    expect(await answer.text()).not.toContain('somebody');
  }
  for (const name of ['../secret', '/etc/passwd', 'a/../../secret', './a', 'a//b', 'a\0b']) {
    expect((await running.send(`/jobs/${id}/files?path=${encodeURIComponent(name)}`)).status).toBe(400);
    expect(await refusalOf(running.client.jobs.files({ id, path: name }))).toMatchObject({ code: 'BAD_REQUEST' });
  }
  expect(await refusalOf(running.client.jobs.files({ id, path: 'up' }))).toMatchObject({ code: 'FILE_NOT_FOUND' });
  const { entries } = await running.client.jobs.files({ id });
  expect(Object.fromEntries(entries.map(({ name, kind }) => [name, kind]))).toEqual({
    link: 'other',
    up: 'other',
    pipe: 'other',
    'second-name': 'file',
  });
});

test('a job is retried from its kept archive as a new job with what was to be changed', async () => {
  await using running = await runController();
  const { client, store, deps, asked } = running;
  store.users.add({ name: 'alice' }, 1);
  const { id } = running.addJob({ name: 'resnet' });
  const zipPath = path.join(deps.config.paths.container, 'kept.zip');
  writeFileSync(zipPath, 'PK bytes');
  expect(await refusalOf(client.jobs.retry({ id }))).toMatchObject({ code: 'JOB_STILL_ACTIVE' });
  const end = { state: 'finished', outcome: 'failed', finishedAt: 1, zipPlace: 'accepted', zipPath } as const;
  store.jobs.change(id, ['receiving'], end);

  const retried = await client.jobs.retry({ id, changes: { num_gpus: 2, time_limit: '4h' } });

  expect(retried).toMatchObject({ user: 'alice', state: 'receiving', source: 'upload', retry_of: id });
  expect(store.jobs.get(retried.id)).toMatchObject({ changes: { num_gpus: 2, time_limit: '4h' }, zipBytes: 8 });
  expect(asked).toContain(`intake ${retried.id}`);
  // Once more again: what was changed stays changed, and each figure is the newest one.
  store.jobs.change(retried.id, ['receiving'], { ...end, zipPath });
  const again = await client.jobs.retry({ id: retried.id, changes: { num_gpus: 4 } });
  expect(store.jobs.get(again.id).changes).toEqual({ num_gpus: 4, time_limit: '4h' });
  const archive = await running.send(`/jobs/${id}/archive`);
  expect([archive.status, await archive.text()]).toEqual([200, 'PK bytes']);
  expect(await refusalOf(client.jobs.retry({ id, changes: { executor_name: 'bob' } }))).toMatchObject({
    code: 'BAD_REQUEST',
  });
});

test('one of an array is retried alone in its place, from the archive of the first; all of it only when that is asked for', async () => {
  await using running = await runController();
  const { client, store, deps } = running;
  store.users.add({ name: 'alice' }, 1);
  const first = running.addJob({ name: 'sweep' });
  const zipPath = path.join(deps.config.paths.container, 'sweep.zip');
  writeFileSync(zipPath, 'PK bytes');
  store.jobs.change(first.id, ['receiving'], { state: 'queued', zipPlace: 'accepted', zipPath });
  store.jobs.expand(first.id, 3, 1);
  const [, , last] = store.jobs.membersOf(first.id);
  const id = last?.id ?? 0;
  store.jobs.change(id, ['queued'], { state: 'finished', outcome: 'failed', finishedAt: 1 });
  // As long as one of them needs it, the archive of the first is kept.
  expect(store.needs.zips()).toEqual(new Set([first.id]));

  const alone = await client.jobs.retry({ id, changes: { num_gpus: 2 } });
  expect(store.jobs.get(alone.id)).toMatchObject({ arrayId: null, arrayIndex: 2, arrayCount: 3, retryOf: id });
  const all = await client.jobs.retry({ id, array: true });
  expect(store.jobs.get(all.id)).toMatchObject({ arrayId: null, arrayIndex: null, arrayCount: null });
  const more = await client.jobs.retry({ id, changes: { count: 9 } });
  expect(store.jobs.get(more.id)).toMatchObject({ arrayIndex: null });
  expect(await (await running.send(`/jobs/${id}/archive`)).text()).toBe('PK bytes');
});

test('an archive that is not kept any more, or lies in its inbox again, is told with where it is', async () => {
  await using running = await runController();
  const { client, store } = running;
  store.users.add({ name: 'alice' }, 1);
  const [gone, refused] = [running.addJob(), running.addJob()];
  const end = { state: 'finished', outcome: 'rejected', finishedAt: 1 } as const;
  store.jobs.change(gone.id, ['receiving'], { ...end, zipPlace: 'accepted', zipPath: '/nowhere/a.zip' });
  store.jobs.change(refused.id, ['receiving'], { ...end, zipPlace: 'invalid', zipPath: '/share/alice/invalid/x.zip' });
  expect(await refusalOf(client.jobs.retry({ id: gone.id }))).toMatchObject({ code: 'ARCHIVE_GONE' });
  expect((await running.send(`/jobs/${gone.id}/archive`)).status).toBe(410);
  expect(await refusalOf(client.jobs.retry({ id: refused.id }))).toMatchObject({
    code: 'ARCHIVE_GONE',
    fix: `It is invalid/${refused.file} there.`,
  });
});

test('a job tells its owner what it was submitted with, and what a retry changed', async () => {
  await using running = await runController();
  const { client, store } = running;
  const { id } = running.addJob();
  expect(await client.jobs.config({ id })).toEqual({ config: null, changes: {} });
  store.configs.keep(id, '{"name": "resnet"}');
  store.configs.keep(id, '{"name": "unet"}');
  expect(await client.jobs.config({ id })).toEqual({ config: '{"name": "unet"}', changes: {} });
  // The other jobs of an array have the first one's.
  store.jobs.change(id, ['receiving'], { state: 'queued' });
  store.jobs.expand(id, 2, null);
  expect(await client.jobs.config({ id: id + 1 })).toMatchObject({ config: '{"name": "unet"}' });
  expect(await refusalOf(client.jobs.config({ id: 99 }))).toMatchObject({ code: 'JOB_NOT_FOUND' });
});
