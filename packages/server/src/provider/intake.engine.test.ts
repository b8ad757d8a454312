// A real Provider process, real folders and a real database; the engine is the simulated one.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { waitFor, zip } from '@dopq/testbed';
import { describe, expect, test } from 'vitest';
import type { JobRecord } from '../store/jobs.ts';
import { identityOf } from './child/safe-dir.ts';
import { type ProviderFixture, startProviderFixture } from './provider.fixture.ts';

const PATIENT = { timeout: 60_000 };
const DOCKERFILE = 'FROM busybox\nCMD echo hi\n';

function submission(config: object = {}, dockerfile = DOCKERFILE): Promise<Uint8Array> {
  const text = JSON.stringify({
    name: 'hello world',
    executor_name: 'alice',
    num_gpus: 1,
    required_memory: '2g',
    ...config,
  });
  return zip({ 'container_config.json': text, Dockerfile: dockerfile });
}

const isQueued = ({ state }: JobRecord) => state === 'queued';
const hasEnded = ({ state }: JobRecord) => state === 'finished';
const isTold = ({ receiptRevision, revision }: JobRecord) => receiptRevision === revision;
const isRefused = (job: JobRecord) => job.outcome === 'rejected' && job.zipPlace === 'invalid' && isTold(job);

describe('a dropped zip', PATIENT, () => {
  test('becomes a queued job with an image, and a receipt', async () => {
    await using fixture = startProviderFixture();
    const path = fixture.drop('alice', 'job.zip', await submission());
    const job = await fixture.job('job.zip', (record) => isQueued(record) && isTold(record));
    expect(job).toMatchObject({
      user: 'alice',
      name: 'hello world',
      numGpus: 1,
      numSlots: 1,
      memoryBytes: 2 * 1024 ** 3,
    });
    expect(job).toMatchObject({ zipPlace: 'accepted', unverified: false, notes: [] });
    expect(job.imageId).toMatch(/\S/);
    expect(existsSync(path)).toBe(false);
    expect(existsSync(job.zipPath ?? '')).toBe(true);
    expect(fixture.receipt('alice', 'job.zip')).toMatch(/queued, place 1/);
    const json = JSON.parse(readFileSync(join(fixture.inbox('alice'), 'job.zip.status.json'), 'utf8')) as object;
    expect(json).toMatchObject({ id: job.id, state: 'queued', position: 1, user: 'alice', problems: [] });
    const kinds = fixture.store.events.ofJob(job.id).map(({ kind }) => kind);
    expect(kinds).toEqual(['received', 'checking', 'building', 'queued']);
  });

  test('that is dropped again is a new job with a receipt of its own', async () => {
    await using fixture = startProviderFixture();
    const archive = await submission();
    fixture.drop('alice', 'job.zip', archive);
    const first = await fixture.job('job.zip', isQueued);
    fixture.drop('alice', 'job.zip', archive);
    const second = await fixture.job('job.zip', (job) => job.id !== first.id && isQueued(job) && isTold(job));
    expect(second.receiptName).toBe('job.zip.2');
    expect(second.imageId).toBe(first.imageId);
    expect(readdirSync(fixture.inbox('alice')).sort()).toEqual(
      ['job.zip.2.status.json', 'job.zip.2.status.txt', 'job.zip.status.json', 'job.zip.status.txt'].sort(),
    );
  });

  test('with what has to be mended goes to invalid/, and the receipt says what and how', async () => {
    await using fixture = startProviderFixture();
    fixture.drop('alice', 'job.zip', await submission({ num_gpus: 9, num_slot: 1 }));
    const job = await fixture.job('job.zip', isRefused);
    expect(job.problems.map(({ field }) => field).sort()).toEqual(['num_gpus', 'num_slot']);
    expect(readdirSync(join(fixture.inbox('alice'), 'invalid'))).toEqual(['job.zip']);
    expect(existsSync(join(fixture.config.paths.container, `${job.id}`))).toBe(false);
    const receipt = fixture.receipt('alice', 'job.zip');
    expect(receipt).toMatch(/rejected/);
    expect(receipt).toMatch(/largest machine here has 4/);
    expect(receipt).toMatch(/Did you mean "num_slots"/);
  });

  test('that is refused twice is kept twice', async () => {
    await using fixture = startProviderFixture();
    fixture.drop('alice', 'job.zip', await submission({ num_gpus: 9 }));
    const first = await fixture.job('job.zip', isRefused);
    fixture.drop('alice', 'job.zip', await submission({ num_gpus: 9 }));
    await fixture.job('job.zip', (job) => job.id !== first.id && isRefused(job));
    expect(readdirSync(join(fixture.inbox('alice'), 'invalid')).sort()).toEqual(['job.2.zip', 'job.zip']);
  });

  test('whose image does not build goes to failed.dir with the last lines in the receipt', async () => {
    await using fixture = startProviderFixture();
    fixture.drop('alice', 'bad.zip', await submission({}, 'FROM busybox\nRUN exit 7\n'));
    const job = await fixture.job('bad.zip', (record) => record.zipPlace === 'failed' && isTold(record));
    expect(job.outcome).toBe('build_failed');
    expect(readdirSync(fixture.config.paths.failed)).toEqual([`${job.id}-bad.zip`]);
    expect(fixture.receipt('alice', 'bad.zip')).toMatch(/build failed/);
  });

  test('larger than is allowed is not copied but put aside', async () => {
    await using fixture = startProviderFixture({ settings: { fetcher: { 'max.upload': '2k' } } });
    fixture.drop('alice', 'big.zip', await zip({ 'data.bin': Buffer.alloc(5000, 'ab') }, { level: 0 }));
    const job = await fixture.job('big.zip', isRefused);
    expect(job.reason).toContain('5.1 kB large');
    expect(readdirSync(fixture.config.paths.container)).toEqual([]);
  });
});

describe('whose job it is', PATIENT, () => {
  test('the inbox decides, also when executor_name differs', async () => {
    await using fixture = startProviderFixture();
    fixture.drop('bob', 'job.zip', await submission({ executor_name: 'alice' }));
    const job = await fixture.job('job.zip', isQueued);
    expect(job).toMatchObject({ user: 'bob', unverified: false });
    expect(job.notes).toEqual(['executor_name says alice; the inbox decides: it is the job of bob']);
  });

  test('an inbox that others may write to is no proof, and that is said', async () => {
    await using fixture = startProviderFixture();
    chmodSync(fixture.inbox('alice'), 0o777);
    fixture.drop('alice', 'job.zip', await submission());
    const job = await fixture.job('job.zip', isQueued);
    expect(job.unverified).toBe(true);
    expect(job.notes.join()).toContain('not verified');
  });

  test.each([
    ['unknown', 'there is no user carol', 'dopq user add carol'],
    ['disabled', 'the user carol is disabled', 'dopq user enable carol'],
  ])('archives of an %s user are refused and kept', async (standing, message, fix) => {
    await using fixture = startProviderFixture();
    if (standing === 'disabled') {
      fixture.store.users.add({ name: 'carol' }, 1);
      fixture.store.users.setDisabled('carol', 2);
    }
    mkdirSync(fixture.inbox('carol'));
    fixture.drop('carol', 'job.zip', await submission());
    await fixture.job('job.zip', isRefused);
    expect(fixture.receipt('carol', 'job.zip')).toContain(message);
    expect(fixture.receipt('carol', 'job.zip')).toContain(fix);
    expect(existsSync(join(fixture.inbox('carol'), 'invalid', 'job.zip'))).toBe(true);
  });

  test('a user finds an inbox that is theirs alone, also one who is added later; what is there is left as it is', async () => {
    await using fixture = startProviderFixture();
    fixture.store.users.add({ name: 'carol', uid: 54_321 }, 0);
    fixture.provider.usersChanged();
    // It is made first and given away then.
    const made = await waitFor(() =>
      [statSync(fixture.inbox('carol'), { throwIfNoEntry: false })].find((stats) => stats?.uid === 54_321),
    );
    expect(made.mode & 0o7777).toBe(0o755);
    fixture.drop('carol', 'job.zip', await submission());
    expect(await fixture.job('job.zip', isQueued)).toMatchObject({ user: 'carol', unverified: false });
    expect(statSync(fixture.inbox('alice')).uid).toBe(0);
  });

  test('no inbox is made where others could put a folder of theirs in its place', async () => {
    await using fixture = startProviderFixture();
    chmodSync(fixture.share, 0o777);
    fixture.store.users.add({ name: 'carol' }, 0);
    fixture.provider.usersChanged();
    fixture.drop('alice', 'job.zip', await submission());
    await fixture.job('job.zip', isQueued);
    expect(existsSync(fixture.inbox('carol'))).toBe(false);
  });

  test('a file in the root of the share is left alone, with a word why', async () => {
    await using fixture = startProviderFixture();
    const path = join(fixture.share, 'job.zip');
    writeFileSync(path, await submission());
    await waitFor(() => existsSync(`${path}.status.json`));
    expect(readFileSync(`${path}.status.txt`, 'utf8')).toContain('your own folder');
    expect(existsSync(path)).toBe(true);
    expect(fixture.store.jobs.list({ scope: 'all', limit: 10 })).toEqual([]);
  });

  test('where the share is trusted, an archive in its root speaks for itself, unverified', async () => {
    await using fixture = startProviderFixture({ settings: { fetcher: { 'trusted.share': 'yes' } } });
    writeFileSync(join(fixture.share, 'job.zip'), await submission({ executor_name: 'bob' }));
    expect(await fixture.job('job.zip', isQueued)).toMatchObject({ user: 'bob', unverified: true });
  });
});

test(
  'an archive in the root of a trusted share that is of nobody is refused once: its folder there is no inbox',
  PATIENT,
  async () => {
    await using fixture = startProviderFixture({ settings: { fetcher: { 'trusted.share': 'yes' } } });
    writeFileSync(join(fixture.share, 'stray.zip'), await submission({ executor_name: 'mallory' }));
    const refused = await fixture.job('stray.zip', ({ zipPlace }) => zipPlace === 'invalid');
    expect(refused).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('mallory') });
    // Whatever lies in the share has been looked at since then.
    fixture.drop('alice', 'job.zip', await submission());
    const { id } = await fixture.job('job.zip', isQueued);
    expect(fixture.store.jobs.list({ scope: 'all', limit: 10 }).map((job) => job.id)).toEqual([id, refused.id]);
    expect(existsSync(join(fixture.share, 'invalid', 'stray.zip'))).toBe(true);
  },
);

describe('a file that is still on its way', PATIENT, () => {
  test('is told so, is not touched, and is taken when it is whole', async () => {
    await using fixture = startProviderFixture();
    const archive = Buffer.from(await submission());
    const path = fixture.drop('alice', 'slow.zip', archive.subarray(0, 100));
    await fixture.job('slow.zip', ({ reason }) => reason?.includes('the end of the zip has not arrived') === true);
    expect(readFileSync(path).length).toBe(100);
    appendFileSync(path, archive.subarray(100, 200));
    await fixture.job('slow.zip', ({ reason }) => reason?.includes('still being copied, 200 bytes') === true);
    appendFileSync(path, archive.subarray(200));
    const job = await fixture.job('slow.zip', isQueued);
    expect(fixture.store.jobs.list({ scope: 'all', limit: 10 }).map(({ id }) => id)).toEqual([job.id]);
  });

  test('and has its full size already is not taken before its bytes are true', async () => {
    await using fixture = startProviderFixture();
    const archive = Buffer.from(await submission());
    const holed = Buffer.from(archive).fill(0, 60, 100);
    const path = fixture.drop('alice', 'holes.zip', holed);
    await fixture.job('holes.zip', ({ reason }) => reason?.startsWith('not complete yet') === true);
    expect(readFileSync(path).equals(holed)).toBe(true);
    writeFileSync(path, archive);
    await fixture.job('holes.zip', isQueued);
  });

  test('and never ends is refused in the end, and kept', async () => {
    await using fixture = startProviderFixture({ settings: { fetcher: { 'stalled.time': '1' } } });
    const half = Buffer.from(await submission()).subarray(0, 120);
    fixture.drop('alice', 'half.zip', half);
    await fixture.job('half.zip', isRefused);
    expect(readFileSync(join(fixture.inbox('alice'), 'invalid', 'half.zip')).equals(half)).toBe(true);
    expect(fixture.receipt('alice', 'half.zip')).toMatch(/cut off/);
  });

  test('and is renamed or replaced is taken once, as it is in the end', async () => {
    await using fixture = startProviderFixture();
    const path = fixture.drop('alice', 'first.zip', 'not a zip yet');
    await fixture.job('first.zip', ({ state }) => state === 'receiving');
    renameSync(path, join(fixture.inbox('alice'), 'second.zip'));
    expect(await fixture.job('first.zip', hasEnded)).toMatchObject({ outcome: 'cancelled', zipPlace: 'removed' });
    writeFileSync(join(fixture.dir, 'whole'), await submission({ name: 'the second one' }));
    renameSync(join(fixture.dir, 'whole'), join(fixture.inbox('alice'), 'second.zip'));
    expect(await fixture.job('second.zip', isQueued)).toMatchObject({ name: 'the second one' });
  });
});

describe('on a disk of this machine', PATIENT, () => {
  const HOURS = { 'sleep.interval': '3600', 'settle.time': '3600', 'stalled.time': '3600' };

  test('a zip that is whole is noticed and taken at once, however long files have to rest and looks are apart', async () => {
    await using fixture = startProviderFixture({ settings: { fetcher: HOURS } });
    await waitFor(() => fixture.provider.status().share.state === 'ok');
    fixture.drop('alice', 'job.zip', await submission());
    await fixture.job('job.zip', isQueued);
    fixture.drop('alice', 'again.zip', await submission());
    await fixture.job('again.zip', isQueued);
    expect(existsSync(join(fixture.inbox('alice'), 'again.zip'))).toBe(false);
  });

  test('one that is not whole waits, and is taken when its last byte has come', async () => {
    await using fixture = startProviderFixture({ settings: { fetcher: HOURS } });
    await waitFor(() => fixture.provider.status().share.state === 'ok');
    const bytes = await submission();
    const damaged = Uint8Array.from(bytes);
    // Its size and its end are there already, as with a writer that does not write in order.
    damaged.fill(0, 40, 60);
    fixture.drop('alice', 'job.zip', damaged);
    fixture.drop('alice', 'other.zip', await submission());
    await fixture.job('other.zip', isQueued);
    expect((await fixture.job('job.zip', () => true)).state).toBe('receiving');
    fixture.drop('alice', 'job.zip', bytes);
    await fixture.job('job.zip', isQueued);
    expect(fixture.store.jobs.list({ scope: 'all', limit: 10 })).toHaveLength(2);
  });
});

test('what is no zip but was meant as a job gets a word, which goes with it', PATIENT, async () => {
  await using fixture = startProviderFixture();
  const inbox = fixture.inbox('alice');
  mkdirSync(join(inbox, 'unpacked'));
  mkdirSync(join(inbox, 'results'));
  fixture.drop('alice', 'unpacked/Dockerfile', 'FROM busybox\n');
  fixture.drop('alice', 'job.tgz', 'an archive of another kind');
  fixture.drop('alice', 'container_config.json', '{}');
  fixture.drop('alice', 'notes.txt', 'my own');
  fixture.drop('alice', 'job.zip', await submission());
  await fixture.job('job.zip', isQueued);
  const meant = ['unpacked', 'job.tgz', 'container_config.json'];
  await waitFor(() => meant.every((name) => existsSync(join(inbox, `${name}.status.json`))));
  expect(fixture.receipt('alice', 'job.tgz')).toContain('Pack its files as a zip');
  expect(fixture.receipt('alice', 'unpacked')).toContain('it is a folder. Pack it as a zip');
  for (const name of ['notes.txt', 'results']) expect(existsSync(join(inbox, `${name}.status.txt`))).toBe(false);
  for (const name of meant) rmSync(join(inbox, name), { recursive: true });
  await waitFor(() => meant.every((name) => !existsSync(join(inbox, `${name}.status.json`))));
  expect(readdirSync(inbox).sort()).toEqual(['job.zip.status.json', 'job.zip.status.txt', 'notes.txt', 'results']);
});

describe('withdrawing', PATIENT, () => {
  test('a file with its name and .cancel ends a job that waits, and is removed', async () => {
    await using fixture = startProviderFixture();
    fixture.drop('alice', 'job.zip', await submission());
    await fixture.job('job.zip', isQueued);
    const cancel = fixture.drop('alice', 'job.zip.cancel', '');
    const job = await fixture.job('job.zip', (record) => hasEnded(record) && isTold(record));
    expect(job).toMatchObject({ outcome: 'cancelled', cancelActor: 'user:alice' });
    await waitFor(() => !existsSync(cancel));
  });

  test('a file that was not taken yet is put aside and is no new job', async () => {
    await using fixture = startProviderFixture();
    fixture.drop('alice', 'job.zip', 'never whole');
    await fixture.job('job.zip', ({ state }) => state === 'receiving');
    fixture.drop('alice', 'job.zip.cancel', '');
    await fixture.job('job.zip', (job) => job.outcome === 'cancelled' && job.zipPlace === 'invalid');
    expect(readdirSync(join(fixture.inbox('alice'), 'invalid'))).toEqual(['job.zip']);
    // A look later nobody has taken it for a new one.
    fixture.drop('alice', 'other.zip', await submission());
    await fixture.job('other.zip', isQueued);
    expect(fixture.store.jobs.list({ scope: 'all', limit: 10 })).toHaveLength(2);
  });

  test("nobody's file of another inbox ends my job", async () => {
    await using fixture = startProviderFixture();
    fixture.drop('alice', 'job.zip', await submission());
    await fixture.job('job.zip', isQueued);
    const cancel = fixture.drop('bob', 'job.zip.cancel', '');
    await waitFor(() => !existsSync(cancel));
    expect(await fixture.job('job.zip', () => true)).toMatchObject({ state: 'queued' });
    // And bob is told that it did nothing.
    await waitFor(() => existsSync(`${cancel}.status.json`));
    expect(fixture.receipt('bob', 'job.zip.cancel')).toContain('no job of job.zip from this folder waits or runs');
  });
});

describe('a Provider that is killed', PATIENT, () => {
  async function kill(fixture: ProviderFixture): Promise<void> {
    const { pid } = await waitFor(() => [fixture.provider.status()].find((status) => status.state === 'running'));
    if (pid !== null) process.kill(pid, 'SIGKILL');
    await waitFor(() => [fixture.provider.status()].find((now) => now.state === 'running' && now.pid !== pid));
  }

  test('comes back, and nothing is lost or taken twice', { timeout: 120_000 }, async () => {
    await using fixture = startProviderFixture();
    const files = Array.from({ length: 12 }, (_, index) => `job${index}.zip`);
    for (const [index, file] of files.entries()) {
      fixture.drop(
        index % 2 ? 'alice' : 'bob',
        file,
        await submission({ name: `job ${index}` }, `FROM busybox\nRUN echo ${index}\n`),
      );
    }
    for (const state of ['receiving', 'checking', 'building', 'queued'] as const) {
      await waitFor(() =>
        fixture.store.jobs
          .list({ scope: 'all', limit: 100 })
          .some((job) => job.state === state || job.state === 'queued'),
      );
      await kill(fixture);
    }
    for (const [index, file] of files.entries()) {
      expect(await fixture.job(file, (job) => isQueued(job) && isTold(job), 60_000)).toMatchObject({
        name: `job ${index}`,
      });
    }
    const jobs = fixture.store.jobs.list({ scope: 'all', limit: 100 });
    expect(jobs.map(({ file }) => file).sort()).toEqual(files.sort());
    await waitFor(() =>
      ['alice', 'bob'].every((user) => readdirSync(fixture.inbox(user)).every((name) => name.includes('.status.'))),
    );
    expect(fixture.provider.status().restarts).toBe(4);
  });

  test('does not take a file again whose copy is recorded, and removes it', async () => {
    await using fixture = startProviderFixture();
    const { jobs } = fixture.store;
    // As after a crash between the record and the removal.
    const left = join(fixture.dir, 'job.zip');
    writeFileSync(left, await submission());
    const inbox = fixture.inbox('alice');
    const identity = identityOf(lstatSync(left, { bigint: true }));
    const taken = {
      user: 'alice',
      name: 'job',
      source: 'share',
      inbox,
      file: 'job.zip',
      zipPlace: 'accepted',
    } as const;
    jobs.create(
      { ...taken, state: 'queued', identity, unverified: false },
      { actor: 'provider', kind: 'received', message: '' },
    );
    renameSync(left, join(inbox, 'job.zip'));
    await waitFor(() => !existsSync(join(inbox, 'job.zip')));
    expect(jobs.list({ scope: 'all', limit: 10 })).toHaveLength(1);
  });

  test('leaves nothing behind that the next one does not clear up', async () => {
    await using fixture = startProviderFixture();
    const { jobs } = fixture.store;
    const inbox = fixture.inbox('alice');
    await waitFor(() => fixture.provider.status().share.state === 'ok');
    writeFileSync(join(inbox, '.dopq-new-0123456789abcdef'), 'half a receipt');
    writeFileSync(join(inbox, '.dopq-old-0123456789abcdef-taken.zip'), 'its copy is ours');
    writeFileSync(join(inbox, '.dopq-old-fedcba9876543210-unread.zip'), 'put there in the last moment');
    const identity = identityOf(lstatSync(join(inbox, '.dopq-old-0123456789abcdef-taken.zip'), { bigint: true }));
    const taken = {
      user: 'alice',
      name: 'job',
      source: 'share',
      inbox,
      file: 'taken.zip',
      zipPlace: 'accepted',
    } as const;
    const received = { actor: 'provider', kind: 'received', message: '' };
    jobs.create({ ...taken, state: 'queued', identity, unverified: false }, received);
    await kill(fixture);
    await fixture.job('unread.zip', ({ state }) => state === 'receiving');
    await waitFor(() => readdirSync(inbox).every((name) => !name.startsWith('.dopq-')));
    expect(readFileSync(join(inbox, 'unread.zip'), 'utf8')).toBe('put there in the last moment');
    expect(existsSync(join(inbox, 'taken.zip'))).toBe(false);
  });

  test('ends with its server', async () => {
    const fixture = startProviderFixture();
    const { pid } = await waitFor(() => [fixture.provider.status()].find((status) => status.state === 'running'));
    await fixture[Symbol.asyncDispose]();
    expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
  });
});

describe('a hostile inbox', PATIENT, () => {
  test('links, hard links, FIFOs and folders named *.zip hold nothing up and are not read', async () => {
    await using fixture = startProviderFixture();
    const secret = join(fixture.dir, 'secret.zip');
    writeFileSync(secret, await submission({ name: 'not yours' }));
    const inbox = fixture.inbox('bob');
    symlinkSync(secret, join(inbox, 'link.zip'));
    linkSync(secret, join(inbox, 'hard.zip'));
    symlinkSync(fixture.inbox('alice'), join(fixture.share, 'eve'));
    mkdirSync(join(inbox, 'folder.zip'));
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) execFileSync('mkfifo', [join(inbox, `${name}.zip`)]);
    fixture.drop('alice', 'job.zip', await submission());
    await fixture.job('job.zip', isQueued);
    await waitFor(
      () => existsSync(join(inbox, 'link.zip.status.json')) && existsSync(join(inbox, 'f.zip.status.json')),
    );
    await fixture.job('hard.zip', ({ reason }) => reason?.includes('2 names') === true);
    expect(existsSync(secret)).toBe(true);
    expect(
      fixture.store.jobs
        .list({ scope: 'all', limit: 10 })
        .map(({ file }) => file)
        .sort(),
    ).toEqual(['hard.zip', 'job.zip']);
    unlinkSync(secret);
    // Now it has one name and is bob's own.
    await fixture.job('hard.zip', isQueued);
  });

  test('names as long as a file system takes get receipts, and a place where they go', async () => {
    await using fixture = startProviderFixture();
    const long = (letter: string) => `${letter.repeat(251)}.zip`;
    fixture.drop('alice', long('a'), await submission({ num_gpus: 9 }));
    fixture.drop('alice', long('b'), await submission({}, 'FROM busybox\nRUN false\n'));
    fixture.drop('alice', `${'é'.repeat(120)}\n.zip`, await submission());
    const refused = await fixture.job(long('a'), isRefused);
    expect(fixture.receipt('alice', refused.receiptName ?? '')).toContain('num_gpus');
    expect(existsSync(join(fixture.inbox('alice'), 'invalid', long('a')))).toBe(true);
    const failed = await fixture.job(long('b'), (job) => job.zipPlace === 'failed' && isTold(job));
    expect(fixture.receipt('alice', failed.receiptName ?? '')).toContain('build failed');
    expect(readdirSync(fixture.config.paths.failed)).toEqual([expect.stringMatching(/^\d+-b+\.zip$/)]);
    const odd = await fixture.job(`${'é'.repeat(120)}\n.zip`, (job) => isQueued(job) && isTold(job));
    expect(fixture.receipt('alice', odd.receiptName ?? '')).toContain('queued');
  });

  test('planted receipts and a planted invalid/ lead nowhere', async () => {
    await using fixture = startProviderFixture();
    const victim = join(fixture.dir, 'victim');
    mkdirSync(victim);
    writeFileSync(join(victim, 'file'), 'untouched');
    const inbox = fixture.inbox('alice');
    symlinkSync(join(victim, 'file'), join(inbox, 'bad.zip.status.txt'));
    execFileSync('mkfifo', [join(inbox, 'bad.zip.status.json')]);
    symlinkSync(victim, join(inbox, 'invalid'));
    fixture.drop('alice', 'bad.zip', await submission({ num_gpus: 9 }));
    const job = await fixture.job('bad.zip', (record) => record.zipPlace === 'failed' && isTold(record));
    expect(job.outcome).toBe('rejected');
    expect(readdirSync(victim)).toEqual(['file']);
    expect(readFileSync(join(victim, 'file'), 'utf8')).toBe('untouched');
    expect(fixture.receipt('alice', 'bad.zip')).toContain('rejected');
  });
});

describe('two users who attack each other', PATIENT, () => {
  const ALICE = 61_001;
  const MALLORY = 61_002;
  /** As a person of that uid; answers what it says. */
  const as = (uid: number, script: string, cwd: string) =>
    execFileSync('setpriv', [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', 'sh', '-c', script], {
      cwd,
      stdio: 'pipe',
      encoding: 'utf8',
    });

  async function withUsers(): Promise<ProviderFixture> {
    const fixture = startProviderFixture({ users: [] });
    for (const [name, uid] of Object.entries({ alice: ALICE, mallory: MALLORY })) {
      fixture.store.users.add({ name, uid }, 1);
      mkdirSync(fixture.inbox(name), { mode: 0o755 });
      chownSync(fixture.inbox(name), uid, uid);
    }
    for (const dir of [fixture.dir, fixture.share]) chmodSync(dir, 0o755);
    writeFileSync(join(fixture.dir, 'job.zip'), await submission());
    return fixture;
  }

  test("a private inbox cannot be dropped into, and its file is its owner's", async () => {
    await using fixture = await withUsers();
    expect(() => as(MALLORY, 'cp ../../job.zip forged.zip', fixture.inbox('alice'))).toThrow(/Permission denied/);
    as(ALICE, 'cp ../../job.zip mine.zip', fixture.inbox('alice'));
    expect(await fixture.job('mine.zip', isQueued)).toMatchObject({ user: 'alice', unverified: false });
    const receipt = await waitFor(() => [lstatSync(join(fixture.inbox('alice'), 'mine.zip.status.txt'))].at(0));
    expect(receipt.uid).toBe(ALICE);
  });

  test('what one drops into the open inbox of another is no job of the other; what its owner drops there is', async () => {
    await using fixture = await withUsers();
    chmodSync(fixture.inbox('alice'), 0o777);
    as(MALLORY, 'cp ../../job.zip forged.zip', fixture.inbox('alice'));
    const said = join(fixture.inbox('alice'), 'forged.zip.status.txt');
    await waitFor(() => existsSync(said));
    expect(readFileSync(said, 'utf8')).toContain('it belongs to mallory');
    expect(existsSync(join(fixture.inbox('alice'), 'forged.zip'))).toBe(true);
    as(ALICE, 'cp ../../job.zip mine.zip', fixture.inbox('alice'));
    expect(await fixture.job('mine.zip', isQueued)).toMatchObject({ user: 'alice', unverified: false });
    expect(fixture.store.jobs.list({ scope: 'all', limit: 9 })).toHaveLength(1);
  });

  test('a file that is exchanged for that of another while it is received is not taken for the first', async () => {
    await using fixture = await withUsers();
    chmodSync(fixture.inbox('alice'), 0o777);
    as(ALICE, 'head -c 50 ../../job.zip > mine.zip', fixture.inbox('alice'));
    const job = await fixture.job('mine.zip', ({ state }) => state === 'receiving');
    expect(job).toMatchObject({ user: 'alice', unverified: false });
    as(MALLORY, 'cp ../../job.zip other && mv -f other mine.zip', fixture.inbox('alice'));
    expect(await fixture.job('mine.zip', hasEnded)).toMatchObject({ id: job.id, outcome: 'cancelled' });
    await waitFor(() => existsSync(join(fixture.inbox('alice'), 'mine.zip.status.txt')));
    expect(existsSync(join(fixture.inbox('alice'), 'mine.zip'))).toBe(true);
  });

  test("an inbox that was made in the name of another proves nothing, and links to the other's lead nowhere", async () => {
    await using fixture = await withUsers();
    chmodSync(fixture.share, 0o1777);
    fixture.store.users.add({ name: 'zoe', uid: 61_003 }, 1);
    as(MALLORY, 'mkdir zoe && cp ../job.zip zoe/forged.zip && cp ../job.zip root.zip', fixture.share);
    await waitFor(() => existsSync(join(fixture.share, 'zoe', 'forged.zip.status.txt')));
    // In the root the file's owner counts.
    expect(await fixture.job('root.zip', isQueued)).toMatchObject({ user: 'mallory', unverified: false });
    as(ALICE, 'cp ../../job.zip mine.zip', fixture.inbox('alice'));
    await fixture.job('mine.zip', isQueued);
    // Everything of another that mallory can name: receipts, a cancel, links where ours will be written.
    as(
      MALLORY,
      'ln -s ../alice/mine.zip.status.txt m.zip.status.txt; ln -s ../alice invalid; : > mine.zip.cancel; cp ../../job.zip m.zip',
      fixture.inbox('mallory'),
    );
    await fixture.job('m.zip', isQueued);
    await waitFor(() => lstatSync(join(fixture.inbox('mallory'), 'm.zip.status.txt')).isFile());
    expect(fixture.receipt('alice', 'mine.zip')).toContain('mine.zip');
    expect(fixture.store.jobs.list({ scope: 'all', limit: 9 }).filter(hasEnded)).toEqual([]);
    expect(fixture.store.jobs.list({ scope: 'all', limit: 9 }).map(({ user }) => user)).not.toContain('zoe');
  });
});

describe('the share', PATIENT, () => {
  test('that is away is said so with the time, and work goes on when it is back', async () => {
    await using fixture = startProviderFixture();
    await waitFor(() => fixture.provider.status().share.state === 'ok');
    renameSync(fixture.share, `${fixture.share}.away`);
    const share = await waitFor(() => [fixture.provider.status().share].find(({ state }) => state === 'missing'));
    expect(share.since).toBeGreaterThan(0);
    expect(share.message).toContain('Mount the share');
    renameSync(`${fixture.share}.away`, fixture.share);
    fixture.drop('alice', 'job.zip', await submission());
    await fixture.job('job.zip', isQueued);
    expect(fixture.provider.status().share.state).toBe('ok');
  });

  test('is not copied from while our own disk is too full', async () => {
    await using fixture = startProviderFixture({ settings: { fetcher: { 'min.space': '1' } } });
    fixture.drop('alice', 'job.zip', await submission());
    const job = await fixture.job('job.zip', ({ reason }) => reason?.includes('waits for disk space') === true);
    expect(job.state).toBe('receiving');
    expect(existsSync(join(fixture.inbox('alice'), 'job.zip'))).toBe(true);
  });
});

test('an upload is taken from where the server put it', PATIENT, async () => {
  await using fixture = startProviderFixture();
  const zipPath = join(fixture.config.paths.data, 'upload.zip');
  writeFileSync(zipPath, await submission());
  const upload = {
    user: '',
    name: 'job',
    source: 'upload',
    inbox: null,
    file: 'job.zip',
    zipPlace: 'accepted',
  } as const;
  const { id } = fixture.store.jobs.create(
    { ...upload, state: 'receiving', zipPath, unverified: false },
    { actor: 'admin', kind: 'received', message: '' },
  );
  fixture.provider.intake(id);
  const job = await fixture.job('job.zip', isQueued);
  expect(job).toMatchObject({ id, user: 'alice', receiptName: null });
  expect(existsSync(zipPath)).toBe(false);
  expect(job.zipPath).toContain(fixture.config.paths.container);
});

test('the image of any job of an array is made again from the archive of the first', PATIENT, async () => {
  await using fixture = startProviderFixture();
  fixture.drop('alice', 'sweep.zip', await submission({ count: 3 }));
  const { arrayId, image } = await fixture.job('sweep.zip', isQueued);
  const { attempts, jobs } = fixture.store;
  const [, , last] = jobs.membersOf(arrayId ?? 0);
  const placement = { machineId: 'local', gpuUuids: ['GPU-1'], gpuModels: ['A100'], slotsPerGpu: 1 };
  const attempt = last && attempts.begin(last, placement, () => ({ container: 'dopq-3-1', log: '/log' }));
  if (!attempt) throw new Error('The third job cannot start.');
  expect(attempts.sendBack(attempt, 'building', 'its image is gone')).toMatchObject({ state: 'building', image: null });
  fixture.provider.intake(attempt.jobId);
  await waitFor(() => isQueued(jobs.get(attempt.jobId)), { message: 'its image to be made again' });
  expect(jobs.get(attempt.jobId)).toMatchObject({ image, queuedAt: last.queuedAt, arrayIndex: 2 });
  expect(jobs.membersOf(arrayId ?? 0)).toHaveLength(3);
});

test('one of an array that is retried is one job again, not an array', PATIENT, async () => {
  await using fixture = startProviderFixture();
  const zipPath = join(fixture.config.paths.data, 'upload.zip');
  writeFileSync(zipPath, await submission({ count: 3 }));
  const upload = { user: 'alice', name: 'job', source: 'upload', inbox: null, file: 'job.zip' } as const;
  const place = { zipPlace: 'accepted', zipPath, retryOf: 1, arrayIndex: 2, arrayCount: 3 } as const;
  const event = { actor: 'alice', kind: 'received', message: '' };
  const { id } = fixture.store.jobs.create({ ...upload, ...place, state: 'receiving', unverified: false }, event);
  fixture.provider.intake(id);
  await fixture.job('job.zip', isQueued);
  expect(fixture.store.jobs.get(id)).toMatchObject({ arrayId: null, arrayIndex: 2, arrayCount: 3 });
  expect(fixture.store.jobs.list({ scope: 'all', limit: 10 })).toHaveLength(1);
});

test('of twenty archives of one user another waits for a few at most', PATIENT, async () => {
  await using fixture = startProviderFixture({ settings: { builder: { parallel: '1' } } });
  for (let index = 0; index < 20; index++) {
    fixture.drop('alice', `a${index}.zip`, await submission({}, `FROM busybox\nRUN echo ${index}\n`));
  }
  await waitFor(() => fixture.store.jobs.list({ scope: 'all', limit: 100 }).some(isQueued));
  fixture.drop('bob', 'b.zip', await submission({}, 'FROM busybox\nRUN echo bob\n'));
  const job = await fixture.job('b.zip', isQueued, 50_000);
  const before = fixture.store.jobs.inStates('queued').filter(({ queuedAt }) => (queuedAt ?? 0) < (job.queuedAt ?? 0));
  expect(before.length).toBeLessThan(20);
  // The build that ran when bob's archive was ready, and no other of alice, came after it.
  const readyAt = fixture.store.events.ofJob(job.id).find(({ kind }) => kind === 'building')?.at ?? 0;
  expect(before.filter(({ queuedAt }) => (queuedAt ?? 0) > readyAt).length).toBeLessThanOrEqual(1);
});
