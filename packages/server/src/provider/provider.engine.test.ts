import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type FakeRegistry,
  loadBaseImage,
  type PrivateEngine,
  startEngine,
  startFakeRegistry,
  waitFor,
  zip,
} from '@dopq/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startProviderFixture } from './provider.fixture.ts';

let engine: PrivateEngine;

beforeAll(async () => {
  engine = await startEngine();
  await loadBaseImage(engine);
});

afterAll(() => engine?.[Symbol.asyncDispose]());

const config = (more: object = {}) => JSON.stringify({ name: 'hello world', executor_name: 'alice', ...more });

test('a zip is built on the engine from the stream, with files, folders and permissions as zipped', async () => {
  await using fixture = startProviderFixture({ endpoint: engine.host });
  const dockerfile =
    'FROM busybox\nCOPY . /code/\nRUN test -x /code/run.sh && test ! -x /code/data/a.txt && cat /code/data/a.txt\nCMD ["/code/run.sh"]\n';
  fixture.drop(
    'alice',
    'job.zip',
    await zip({
      'proj/container_config.json': config(),
      'proj/Dockerfile': dockerfile,
      'proj/run.sh': { content: '#!/bin/sh\necho hi\n', mode: 0o755 },
      'proj/data/a.txt': 'x'.repeat(3_000_000),
    }),
  );
  const job = await fixture.job('job.zip', ({ state }) => state === 'queued' || state === 'finished', 60_000);
  expect(job).toMatchObject({ state: 'queued', problems: [] });
  expect(await engine.docker('image', 'inspect', '-f', '{{.Id}}', job.image ?? '')).toContain(job.imageId);
  expect(await readFile(job.buildLog ?? '', 'utf8')).toMatch(/COPY/);

  fixture.drop(
    'bob',
    'again.zip',
    await zip({ Dockerfile: 'FROM busybox\nRUN echo no\n', 'container_config.json': config({ executor_name: 'bob' }) }),
  );
  await fixture.job('again.zip', ({ state }) => state === 'queued', 60_000);
});

test('the same content is built once, whoever drops it', async () => {
  await using fixture = startProviderFixture({ endpoint: engine.host });
  const archive = await zip({ 'container_config.json': config(), Dockerfile: 'FROM busybox\nRUN echo once\n' });
  fixture.drop('alice', 'one.zip', archive);
  fixture.drop('bob', 'two.zip', archive);
  const one = await fixture.job('one.zip', ({ state }) => state === 'queued', 60_000);
  const two = await fixture.job('two.zip', ({ state }) => state === 'queued', 60_000);
  expect(two.imageId).toBe(one.imageId);
  expect([one.buildLog, two.buildLog].filter((log) => log !== null)).toHaveLength(1);
});

test('a failing build ends the job with its last lines, and the zip goes to failed.dir', async () => {
  await using fixture = startProviderFixture({ endpoint: engine.host });
  const dockerfile = 'FROM busybox\nRUN echo before; echo broken step >&2; exit 3\n';
  fixture.drop('alice', 'bad.zip', await zip({ 'container_config.json': config(), Dockerfile: dockerfile }));
  const job = await fixture.job('bad.zip', ({ zipPlace }) => zipPlace === 'failed', 60_000);
  expect(job).toMatchObject({ state: 'finished', outcome: 'build_failed' });
  expect(job.problems[0]?.message).toContain('broken step');
  expect(existsSync(job.zipPath ?? '')).toBe(true);
  expect(job.zipPath).toContain(fixture.config.paths.failed);
  await fixture.job('bad.zip', ({ receiptRevision, revision }) => receiptRevision === revision);
  expect(fixture.receipt('alice', 'bad.zip')).toMatch(/build failed[^]*broken step/);
});

test('a saved image is loaded, alone or inside a zip, and its names are not taken over', async () => {
  await using fixture = startProviderFixture({ endpoint: engine.host });
  const saved = join(fixture.dir, 'saved.tar');
  await engine.docker('tag', 'busybox', 'python:3.12');
  await engine.docker('save', '-o', saved, 'python:3.12');
  await engine.docker('rmi', 'python:3.12');
  const tar = readFileSync(saved);
  fixture.drop('alice', 'image.tar', tar);
  fixture.drop(
    'alice',
    'inside.zip',
    await zip({ 'container_config.json': config({ build_flag: false }), 'image.tar': tar }),
  );
  fixture.drop(
    'alice',
    'named.zip',
    await zip({ 'container_config.json': config({ build_flag: false, image: 'busybox:latest' }) }),
  );
  for (const file of ['image.tar', 'inside.zip', 'named.zip']) {
    const job = await fixture.job(file, ({ state }) => state === 'queued' || state === 'finished', 60_000);
    expect(job).toMatchObject({ state: 'queued', problems: [] });
    expect(await engine.docker('image', 'inspect', '-f', '{{.Id}}', 'busybox')).toContain(job.imageId);
  }
  expect(await engine.docker('images', '-q', 'python')).toBe('');
});

test('while the engine is away jobs wait with the reason, and go on when it is back', async () => {
  await using fixture = startProviderFixture({ endpoint: engine.host });
  await engine.kill();
  fixture.drop(
    'alice',
    'wait.zip',
    await zip({ 'container_config.json': config(), Dockerfile: 'FROM busybox\nRUN echo later\n' }),
  );
  await fixture.job('wait.zip', ({ reason }) => reason?.includes('waits for the Docker Engine') === true);
  await engine.restart();
  const job = await fixture.job('wait.zip', ({ state }) => state !== 'building', 60_000);
  expect(job).toMatchObject({ state: 'queued', reason: null });
});

test('trouble with a registry is waited out and is not the fault of the job', async () => {
  await using fixture = startProviderFixture({ endpoint: engine.host, settings: { builder: { retries: '1' } } });
  const dockerfile = 'FROM registry.invalid/nobody/knows:1\n';
  fixture.drop('alice', 'pull.zip', await zip({ 'container_config.json': config(), Dockerfile: dockerfile }));
  const job = await fixture.job('pull.zip', ({ state }) => state === 'held', 60_000);
  expect(job).toMatchObject({ problems: [], imageId: null, zipPlace: 'accepted' });
  expect(job.reason).toContain('registry');
  expect(job.reason).toContain(`dopq release ${job.id}`);
  // It keeps nobody waiting, and its owner can withdraw it.
  const other = await zip({ 'container_config.json': config(), Dockerfile: 'FROM busybox\nCMD ["other"]\n' });
  fixture.drop('alice', 'other.zip', other);
  await fixture.job('other.zip', ({ state }) => state === 'queued', 60_000);
  fixture.drop('alice', 'pull.zip.cancel', '');
  await fixture.job('pull.zip', ({ outcome }) => outcome === 'cancelled');
});

describe('a base image that not everybody may have', () => {
  let registry: FakeRegistry;
  let login: string;
  const before = process.env['DOCKER_CONFIG'];

  beforeAll(async () => {
    registry = await startFakeRegistry(engine);
    login = mkdtempSync(join(tmpdir(), 'dopq-login-'));
    const auth = Buffer.from(`${registry.username}:${registry.password}`).toString('base64');
    writeFileSync(join(login, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }));
  });
  afterEach(() => {
    process.env['DOCKER_CONFIG'] = before;
    if (before === undefined) delete process.env['DOCKER_CONFIG'];
  });
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    rmSync(login, { recursive: true });
  });

  const archive = (more = '') =>
    zip({
      'container_config.json': config(),
      Dockerfile: `FROM busybox AS tools\nFROM ${registry.image}\nCOPY --from=tools /bin /bin\nRUN ["/bin/busybox", "cat", "/from-the-registry"]${more}\n`,
    });

  test('is not fetched without a login, and the receipt says so', async () => {
    process.env['DOCKER_CONFIG'] = join(login, 'nobody');
    await using fixture = startProviderFixture({ endpoint: engine.host });
    fixture.drop('alice', 'private.zip', await archive());
    const job = await fixture.job('private.zip', ({ state }) => state === 'finished', 60_000);
    expect(job).toMatchObject({ outcome: 'build_failed' });
    expect(job.problems[0]?.message).toMatch(/no basic auth|unauthorized|denied/i);
  });

  test.each(['classic', 'buildkit'])('is fetched with the login of the server (%s)', async (builder) => {
    process.env['DOCKER_CONFIG'] = login;
    const images = (await engine.docker('images', '-q', registry.image)).trim();
    if (images !== '') await engine.docker('rmi', '-f', registry.image);
    const pulls = registry.pulls();
    await using fixture = startProviderFixture({
      endpoint: engine.host,
      settings: { docker: { builder } },
    });
    fixture.drop('alice', 'private.zip', await archive(`\nCMD ["${builder}"]`));
    const job = await fixture.job('private.zip', ({ state }) => state === 'queued' || state === 'finished', 60_000);
    expect(job).toMatchObject({ state: 'queued', problems: [] });
    expect(registry.pulls()).toBeGreaterThan(pulls);
    expect(readFileSync(job.buildLog ?? '', 'utf8')).not.toContain(registry.password);
  });

  test('of a registry that is out for a moment is tried for again', async () => {
    process.env['DOCKER_CONFIG'] = login;
    await engine.docker('rmi', '-f', registry.image);
    registry.fail(503);
    await using fixture = startProviderFixture({
      endpoint: engine.host,
      settings: { builder: { retries: '9' } },
    });
    fixture.drop('alice', 'private.zip', await archive('\nCMD ["later"]'));
    await fixture.job('private.zip', ({ reason }) => reason?.includes('tried again soon') === true, 60_000);
    registry.fail(undefined);
    const job = await fixture.job('private.zip', ({ state }) => state !== 'building', 60_000);
    expect(job).toMatchObject({ state: 'queued', reason: null });
  });
});

test('a build that runs too long or falls silent is ended', async () => {
  await using fixture = startProviderFixture({
    endpoint: engine.host,
    settings: { builder: { 'quiet.timeout': '0.05' } },
  });
  fixture.drop(
    'alice',
    'silent.zip',
    await zip({ 'container_config.json': config(), Dockerfile: 'FROM busybox\nRUN sleep 600\n' }),
  );
  const job = await fixture.job('silent.zip', ({ state }) => state === 'finished', 60_000);
  expect(job).toMatchObject({ outcome: 'build_failed' });
  expect(job.problems[0]?.message).toContain('printed nothing for 3 seconds');
});

test('a build that prints without end keeps its head and its tail', async () => {
  await using fixture = startProviderFixture({ endpoint: engine.host, settings: { builder: { 'max.output': '64k' } } });
  const dockerfile = 'FROM busybox\nRUN echo the first line; seq 1 100000; echo the last line; exit 1\n';
  fixture.drop('alice', 'loud.zip', await zip({ 'container_config.json': config(), Dockerfile: dockerfile }));
  const job = await fixture.job('loud.zip', ({ state }) => state === 'finished', 60_000);
  const log = readFileSync(job.buildLog ?? '', 'utf8');
  expect(log.length).toBeLessThan(70_000);
  expect(log).toMatch(/the first line[^]*bytes of output left out here[^]*the last line/);
});

test('a cancelled build is stopped on the engine', async () => {
  await using fixture = startProviderFixture({ endpoint: engine.host });
  const dockerfile = 'FROM busybox\nRUN echo building; sleep 600\n';
  fixture.drop('alice', 'job.zip', await zip({ 'container_config.json': config(), Dockerfile: dockerfile }));
  await fixture.job('job.zip', ({ reason }) => reason?.includes('sleep 600') === true, 60_000);
  fixture.drop('alice', 'job.zip.cancel', '');
  await fixture.job('job.zip', ({ outcome }) => outcome === 'cancelled');
  await waitFor(async () => (await engine.docker('ps', '-q')) === '');
  await waitFor(() => fixture.provider.status().building === 0);
  expect(existsSync(fixture.inbox('alice') + '/job.zip.cancel')).toBe(false);
});
