// Shares that hang, are full or may only be read: file systems of their own, so root is needed, but no engine.
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor, zip } from '@dopq/testbed';
import { expect, test } from 'vitest';
import { type ProviderFixture, startProviderFixture } from './provider.fixture.ts';

const run = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: 'pipe' });

/** An ext4 file system in a file: it can be frozen, and then every write waits in the kernel. */
function mountDisk(path: string): () => void {
  const image = `${path}.img`;
  writeFileSync(image, '');
  truncateSync(image, 16 * 1024 ** 2);
  run('mkfs.ext4', '-q', image);
  run('mount', '-o', 'loop', image, path);
  return () => run('umount', '--lazy', path);
}

function mountMemory(path: string, size: string): () => void {
  run('mount', '-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', path);
  return () => run('umount', '--lazy', path);
}

function freeze(path: string): Disposable & { thaw(): void } {
  run('fsfreeze', '-f', path);
  let isFrozen = true;
  const thaw = () => {
    if (isFrozen) run('fsfreeze', '-u', path);
    isFrozen = false;
  };
  return { thaw, [Symbol.dispose]: thaw };
}

function submission(): Promise<Uint8Array> {
  return zip({
    'container_config.json': '{"name": "hello world", "required_memory": "1g"}',
    Dockerfile: 'FROM busybox\n',
  });
}

const isQueued = ({ state }: { state: string }) => state === 'queued';

async function upload({ store, provider, config }: ProviderFixture): Promise<number> {
  const zipPath = join(config.paths.data, 'upload.zip');
  writeFileSync(zipPath, await submission());
  const { id } = store.jobs.create(
    {
      user: 'alice',
      name: 'up',
      source: 'upload',
      inbox: null,
      file: 'up.zip',
      zipPlace: 'accepted',
      state: 'receiving',
      zipPath,
      unverified: false,
    },
    { actor: 'admin', kind: 'received', message: '' },
  );
  provider.intake(id);
  return id;
}

test('a share that hangs is said so, uploads go on, and all goes on when it answers again', async () => {
  await using fixture = startProviderFixture({ mountShare: mountDisk, shareHangsAfterMs: 2000 });
  fixture.drop('alice', 'before.zip', await submission());
  await fixture.job('before.zip', isQueued);
  const { pid } = fixture.provider.status();
  fixture.drop('alice', 'during.zip', await submission());
  using frozen = freeze(fixture.share);
  const share = await waitFor(() => [fixture.provider.status().share].find(({ state }) => state === 'hung'));
  expect(share.message).toContain('does not answer');
  await waitFor(() => [fixture.provider.status()].find((status) => status.state === 'hung' && status.pid !== pid));
  const id = await upload(fixture);
  await fixture.job('up.zip', (job) => job.id === id && isQueued(job));
  expect(fixture.provider.status()).toMatchObject({ state: 'hung', restarts: 1 });
  frozen.thaw();
  await fixture.job('during.zip', isQueued);
  await waitFor(() => fixture.provider.status().state === 'running' && fixture.provider.status().share.state === 'ok');
  await waitFor(() => readdirSync(fixture.inbox('alice')).every((name) => name.includes('.status.')));
});

test('on a full share jobs go on and their receipts come when there is room', async () => {
  await using fixture = startProviderFixture({ mountShare: (path) => mountMemory(path, '1m') });
  fixture.drop('alice', 'job.zip', await submission());
  const ballast = join(fixture.inbox('bob'), 'ballast');
  writeFileSync(ballast, '');
  expect(() => run('dd', 'if=/dev/zero', `of=${ballast}`, 'bs=4k')).toThrow(/No space/);
  await fixture.job('job.zip', isQueued);
  await waitFor(() => fixture.provider.status().share.state === 'full');
  expect(fixture.provider.status().share.message).toContain('receipts wait');
  truncateSync(ballast, 0);
  await waitFor(() => existsSync(join(fixture.inbox('alice'), 'job.zip.status.json')));
  await waitFor(() => fixture.provider.status().share.state === 'ok');
});

/** A file system whose answers never come: a process opens it and waits, until it is taken away. */
function mountNobody(path: string, { uid = 0, mode = '040000' } = {}): () => void {
  const device = openSync('/dev/fuse', 'r+');
  const options = `fd=3,rootmode=${mode},user_id=${uid},group_id=0,allow_other`;
  execFileSync('mount', ['-i', '-t', 'fuse', '-o', options, 'nobody', path], {
    stdio: ['ignore', 'pipe', 'pipe', device],
  });
  return () => {
    run('umount', '--lazy', path);
    closeSync(device);
  };
}

const hasFuse = (() => {
  try {
    closeSync(openSync('/dev/fuse', 'r+'));
    return true;
  } catch {
    return false;
  }
})();

test.skipIf(!hasFuse)(
  'a share on which not even reading is answered is said so, and used again when it is',
  async () => {
    await using fixture = startProviderFixture({ shareHangsAfterMs: 2000 });
    fixture.drop('alice', 'before.zip', await submission());
    await fixture.job('before.zip', isQueued);
    const answer = mountNobody(fixture.share);
    try {
      const share = await waitFor(() => [fixture.provider.status().share].find(({ state }) => state === 'hung'));
      expect(share).toMatchObject({ since: expect.any(Number), message: expect.stringContaining('does not answer') });
      const id = await upload(fixture);
      await fixture.job('up.zip', (job) => job.id === id && isQueued(job));
    } finally {
      answer();
    }
    fixture.drop('alice', 'after.zip', await submission());
    await fixture.job('after.zip', isQueued);
    await waitFor(() => fixture.provider.status().share.state === 'ok');
  },
);

test.skipIf(!hasFuse)(
  'what users mount in the share and never answer for is left alone: on an inbox, an archive, a folder, `invalid`',
  async () => {
    const answers: (() => void)[] = [];
    // Before the first look: one that is mounted in the middle of a look is met as a share that hangs.
    const prepare = (inbox: (user: string) => string) => {
      const inBobs = (name: string) => join(inbox('bob'), name);
      for (const folder of ['unpacked', 'invalid']) mkdirSync(inBobs(folder));
      writeFileSync(inBobs('trap.zip'), 'a trap');
      answers.push(
        mountNobody(inbox('eve'), { uid: 61_003 }),
        mountNobody(inBobs('unpacked'), { uid: 61_002 }),
        mountNobody(inBobs('invalid'), { uid: 61_002 }),
        mountNobody(inBobs('trap.zip'), { uid: 61_002, mode: '0100000' }),
      );
    };
    await using fixture = startProviderFixture({
      users: ['alice', 'bob', 'eve'],
      shareHangsAfterMs: 2000,
      prepare,
    });
    const { pid } = await waitFor(() => [fixture.provider.status()].find(({ state }) => state === 'running'));
    try {
      fixture.drop('bob', 'refused.zip', 'no zip, but of the right suffix'.padEnd(100, '.'));
      fixture.drop('alice', 'job.zip', await submission());
      await fixture.job('job.zip', isQueued);
      fixture.drop('bob', 'refused.zip.cancel', '');
      fixture.drop('alice', 'later.zip', await submission());
      await fixture.job('later.zip', isQueued);
      expect(fixture.provider.status()).toMatchObject({ state: 'running', pid, restarts: 0 });
      expect(fixture.provider.status().share.state).toBe('ok');
    } finally {
      for (const answer of answers) answer();
    }
  },
);

test('an unmounted share is missing, not empty: jobs keep waiting for their files, and any mount of it is taken', async () => {
  await using fixture = startProviderFixture({ mountShare: (path) => mountMemory(path, '4m') });
  fixture.drop('alice', 'slow.zip', (await submission()).subarray(0, 100));
  const { id } = await fixture.job('slow.zip', ({ state }) => state === 'receiving');
  run('umount', '--lazy', fixture.share);
  const share = await waitFor(() => [fixture.provider.status().share].find(({ state }) => state === 'missing'));
  expect(share).toMatchObject({ since: expect.any(Number), message: expect.stringContaining('Mount it again') });
  // A Provider that starts meanwhile knows it from the last one.
  const { pid } = fixture.provider.status();
  process.kill(pid ?? 0, 'SIGKILL');
  await waitFor(() => fixture.provider.status().state === 'running' && fixture.provider.status().pid !== pid);
  await waitFor(() => fixture.provider.status().share.state === 'missing');
  expect(fixture.store.jobs.get(id).state).toBe('receiving');
  // The file is there from the first moment of the mount, as on a share that comes back.
  const prepared = join(fixture.dir, 'prepared');
  mkdirSync(prepared);
  const unmountPrepared = mountMemory(prepared, '4m');
  mkdirSync(join(prepared, 'alice'));
  writeFileSync(join(prepared, 'alice', 'slow.zip'), await submission());
  run('mount', '--bind', prepared, fixture.share);
  unmountPrepared();
  expect(await fixture.job('slow.zip', isQueued)).toMatchObject({ id });
  await waitFor(() => fixture.provider.status().share.state === 'ok');
});

test('from a share that may only be read a file is taken once, and cleared away when that is allowed', async () => {
  await using fixture = startProviderFixture({ mountShare: (path) => mountMemory(path, '4m') });
  const path = fixture.drop('alice', 'job.zip', 'not whole yet');
  await fixture.job('job.zip', ({ state }) => state === 'receiving');
  writeFileSync(path, await submission());
  run('mount', '-o', 'remount,ro', fixture.share);
  await fixture.job('job.zip', isQueued);
  await waitFor(() => fixture.provider.status().share.state === 'read_only');
  expect(existsSync(path)).toBe(true);
  expect(fixture.store.jobs.list({ scope: 'all', limit: 10 })).toHaveLength(1);
  run('mount', '-o', 'remount,rw', fixture.share);
  await waitFor(() => !existsSync(path));
  await waitFor(() => fixture.provider.status().share.state === 'ok');
  expect(fixture.store.jobs.list({ scope: 'all', limit: 10 })).toHaveLength(1);
});
