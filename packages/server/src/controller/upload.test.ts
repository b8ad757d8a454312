import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { Job, RawError } from '@dopq/contract';
import { expect, test, vi } from 'vitest';
import { runController } from './running-controller.fixture.ts';
import { clearIncoming } from './upload.ts';

/** A busy machine may take its time. */
const SOON = { timeout: 4000 };

const put = (body: Readable | string) => ({
  method: 'PUT',
  headers: { 'content-type': 'application/octet-stream' },
  body,
});

test('an upload becomes a job whose archive is on disk, and goes to the Provider', async () => {
  await using running = await runController();
  const answer = await running.send('/submissions?name=training.zip', put('PK bytes'));
  const job = Job.parse(JSON.parse(await answer.text()));
  expect(answer.status).toBe(200);
  expect(job).toMatchObject({ name: 'training', file: 'training.zip', state: 'receiving', source: 'upload' });
  expect(running.asked).toEqual([`intake ${job.id}`]);
  const { zipPath, zipBytes } = running.store.jobs.get(job.id);
  expect(readFileSync(zipPath ?? '', 'utf8')).toBe('PK bytes');
  expect(zipBytes).toBe(8);
});

test.each([
  ['name=..%2F..%2Fetc%2Fpasswd.zip', 'SUBMISSION_INVALID', 400],
  ['name=.zip', 'SUBMISSION_INVALID', 400],
  ['name=a%0Ab.zip', 'SUBMISSION_INVALID', 400],
  ['name=notes.pdf', 'SUBMISSION_INVALID', 400],
  ['name=a.zip&user=nobody', 'USER_NOT_ALLOWED', 403],
  ['', 'BAD_REQUEST', 400],
])('an upload with query "%s" is refused as %s and leaves nothing', async (query, code, status) => {
  await using running = await runController();
  const answer = await running.send(`/submissions?${query}`, put('PK bytes'));
  expect(RawError.parse(JSON.parse(await answer.text()))).toMatchObject({
    code,
    status,
    data: { fix: expect.any(String) },
  });
  expect(answer.status).toBe(status);
  expectNothingLeft(running);
});

test('a disabled user may not upload', async () => {
  await using running = await runController();
  await running.client.users.add({ name: 'zoe', uid: 61_234 });
  await running.client.users.disable({ name: 'zoe' });
  const answer = await running.send('/submissions?name=a.zip&user=zoe', put('PK bytes'));
  expect(await answer.text()).toContain('is disabled');
  expect(answer.status).toBe(403);
});

test('an upload that grows beyond max.upload is refused and leaves nothing', async () => {
  await using running = await runController({ 'max.upload': '1m' });
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  // A stream without announced size, just one chunk too long.
  const body = Readable.from([megabyte, Buffer.from('x')]);
  const answer = await running.send('/submissions?name=a.zip', put(body));
  expect(RawError.parse(JSON.parse(await answer.text()))).toMatchObject({ code: 'UPLOAD_TOO_LARGE', status: 413 });
  expectNothingLeft(running);
});

test('a client that breaks off leaves nothing', async () => {
  await using running = await runController();
  async function* breaksOff() {
    yield Buffer.alloc(256 * 1024, 'x');
    await vi.waitFor(() => expect(incoming(running)).toHaveLength(1), SOON);
    throw new Error('cable pulled');
  }
  await expect(running.send('/submissions?name=a.zip', put(Readable.from(breaksOff())))).rejects.toThrow(
    'cable pulled',
  );
  await vi.waitFor(() => expectNothingLeft(running), SOON);
});

test('what a crash left of an upload is removed at the next start, what a job needs is kept', async () => {
  await using running = await runController();
  await (await running.send('/submissions?name=a.zip', put('PK bytes'))).text();
  const [kept] = incoming(running);
  writeFileSync(path.join(running.deps.config.paths.data, 'incoming', 'half.zip'), 'PK');
  await clearIncoming(running.deps);
  expect(incoming(running)).toEqual([kept]);
});

type Running = Awaited<ReturnType<typeof runController>>;

function incoming({ deps }: Running): string[] {
  const folder = path.join(deps.config.paths.data, 'incoming');
  return existsSync(folder) ? readdirSync(folder) : [];
}

function expectNothingLeft(running: Running): void {
  expect(incoming(running)).toEqual([]);
  expect(running.store.jobs.list({ scope: 'all', limit: 10 })).toEqual([]);
  expect(running.asked).toEqual([]);
}
