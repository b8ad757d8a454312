import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { formatProblems } from '@dopq/contract';
import { zip } from '@dopq/testbed';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CORPUS, CORPUS_LIMITS } from './archive-corpus.fixture.ts';
import { type Checked, checkArchive } from './check.ts';
import { streamContext } from './context.ts';
import { ZipArchive } from './zip-archive.ts';

const GIB = 1024 ** 3;
const RULES = { requireUser: false, maxGpus: 4, maxMemoryBytes: 64 * GIB, maxCpus: 16 };
const never = new AbortController().signal;

let dir: string;

beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'dopq-check-'))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function check(bytes: Uint8Array, file = 'job.zip'): Promise<Checked> {
  const path = join(dir, file);
  writeFileSync(path, bytes);
  return checkArchive({
    path,
    file,
    sha256: 'tar',
    limits: CORPUS_LIMITS,
    loadSuffixes: ['tar'],
    rules: RULES,
    signal: never,
  });
}

async function contextOf(checked: Checked): Promise<string[]> {
  if (!checked.ok || checked.recipe.how !== 'build') throw new Error('nothing to build');
  const { folder } = checked.recipe;
  await using archive = await ZipArchive.open(join(dir, 'job.zip'), 'job.zip', CORPUS_LIMITS);
  return archive.files.filter(({ path }) => path.startsWith(folder)).map(({ path }) => path.slice(folder.length));
}

test('the corpus has at least 80 archives, each with a title of its own', () => {
  expect(new Set(CORPUS.map(({ title }) => title)).size).toBe(CORPUS.length);
  expect(CORPUS.length).toBeGreaterThanOrEqual(80);
});

describe('honest archives are taken', () => {
  test.each(CORPUS.filter((sample) => sample.expect === 'ok'))('$title', { timeout: 30_000 }, async (sample) => {
    const checked = await check(await sample.bytes());
    expect(checked.ok ? [] : checked.problems).toEqual([]);
    const context = sample.context && (await contextOf(checked));
    expect(context).toEqual(sample.context);
    const notes = checked.ok ? checked.notes.join('\n') : '';
    for (const note of sample.notes ?? []) expect(notes).toContain(note);
  });
});

describe('others are refused as a whole, and told why', () => {
  test.each(CORPUS.filter((sample) => sample.expect !== 'ok'))('$title', { timeout: 30_000 }, async (sample) => {
    const checked = await check(await sample.bytes());
    const text = checked.ok ? 'taken' : formatProblems(checked.problems);
    for (const words of sample.expect) expect(text).toContain(words);
    expect(checked.ok || checked.damaged).toBe(sample.damaged ?? false);
    for (const { rule, message, fix } of checked.ok ? [] : checked.problems) {
      for (const part of [rule, message, fix]) expect(part).toMatch(/\S/);
    }
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

test('equal content has one name whatever its packing, times and order, and other content another', async () => {
  const files = { 'container_config.json': '{"name": "hello world"}', Dockerfile: 'FROM busybox\n', 'a.txt': 'a' };
  const nameOf = async (bytes: Uint8Array) => {
    const checked = await check(bytes);
    return checked.ok && checked.recipe.how === 'build' ? checked.recipe.content : checked;
  };
  const first = await nameOf(await zip(files));
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  const { Dockerfile, ...others } = files;
  expect(await nameOf(await zip({ ...others, Dockerfile }, { level: 0, modifiedAt: new Date(2001, 1, 1) }))).toBe(
    first,
  );
  expect(await nameOf(await zip({ ...files, 'a.txt': 'b' }))).not.toBe(first);
  expect(await nameOf(await zip({ ...files, 'b.txt': 'a' }))).not.toBe(first);
  expect(await nameOf(await zip({ ...files, 'a.txt': { content: 'a', mode: 0o755 } }))).not.toBe(first);
});

test('the context that is built holds the same bytes, and a cancelled one ends', { timeout: 30_000 }, async () => {
  const data = Buffer.alloc(3_000_000, 'dopq');
  await check(
    await zip({ 'container_config.json': '{"name": "hello world"}', Dockerfile: 'FROM busybox\n', 'data.bin': data }),
  );
  await using archive = await ZipArchive.open(join(dir, 'job.zip'), 'job.zip', CORPUS_LIMITS);
  const context = { archive, folder: '', dockerfile: 'Dockerfile' };
  const chunks: Buffer[] = [];
  for await (const chunk of streamContext(context, never)) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).includes(data)).toBe(true);
  const abort = new AbortController();
  const cancelled = streamContext(context, abort.signal);
  abort.abort(new Error('withdrawn'));
  await expect(cancelled.toArray()).rejects.toThrow('withdrawn');
});

test('a packed tar that unpacks to more than is allowed is refused and not read to its end', async () => {
  const tar = pack();
  tar.entry({ name: 'layer.tar' }, Buffer.alloc(4_000_000));
  tar.finalize();
  const path = join(dir, 'bomb.tar');
  writeFileSync(path, gzipSync(await buffer(Readable.from(tar))));
  const limits = { maxEntries: 10, maxUnpackedBytes: 1_000_000 };
  const checking = { path, file: 'bomb.tar', sha256: '', limits, loadSuffixes: ['tar'], rules: RULES, signal: never };
  const checked = await checkArchive(checking);
  expect(checked.ok ? 'taken' : formatProblems(checked.problems)).toContain('unpacks to more than is allowed');
});
