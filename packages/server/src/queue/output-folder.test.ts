import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UNFINISHED_MODE } from '../conventions/unfinished-folder.ts';
import { OUTPUT_TARGET } from '../conventions/output-target.ts';
import { FolderError, prepareFolders } from './output-folder.ts';

const isRoot = process.getuid?.() === 0;
/** Who the container runs as; only root can give a folder to somebody else. */
const [UID, GID] = isRoot ? [4242, 4243] : [process.getuid?.() ?? 0, process.getgid?.() ?? 0];

let dir: string;
let source: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'dopq-output-'));
  source = path.join(dir, 'alice');
});
afterEach(() => rmSync(dir, { recursive: true }));

const prepare = () =>
  prepareFolders({ user: `${UID}:${GID}`, mounts: [{ source, target: OUTPUT_TARGET, readOnly: false }] });
const found = () => {
  const { uid, gid, mode } = statSync(source);
  return { uid, gid, mode: mode & 0o7777 };
};

test('an output folder that is missing is made and belongs to who the container runs as', async () => {
  await prepare();
  expect(found()).toEqual({ uid: UID, gid: GID, mode: 0o750 });
});

test('one whose maker died before it was given away is given away by the next start', async () => {
  mkdirSync(source, { mode: UNFINISHED_MODE });
  await prepare();
  expect(found()).toEqual({ uid: UID, gid: GID, mode: 0o750 });
});

test.each([0o755, 0o700, 0o2775])('one that somebody has made with mode %o is left as it is', async (mode) => {
  mkdirSync(source);
  chmodSync(source, mode);
  const before = found();
  await prepare();
  expect(found()).toEqual(before);
});

test('starts of one user side by side leave one folder, and it is theirs', async () => {
  await Promise.all([prepare(), prepare(), prepare()]);
  expect(found()).toEqual({ uid: UID, gid: GID, mode: 0o750 });
});

test('a link in its place is not followed, and the job is told', async () => {
  mkdirSync(path.join(dir, 'elsewhere'), { mode: UNFINISHED_MODE });
  symlinkSync(path.join(dir, 'elsewhere'), source);
  await expect(prepare()).rejects.toThrow(FolderError);
  expect(statSync(path.join(dir, 'elsewhere')).mode & 0o7777).toBe(UNFINISHED_MODE);
});
