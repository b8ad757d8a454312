import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UNFINISHED_MODE } from '../../conventions/unfinished-folder.ts';
import { freeNames, identityOf, SafeDir, UnsafeFile } from './safe-dir.ts';

let base: string;
let inbox: string;
let secret: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'dopq-safe-'));
  inbox = join(base, 'alice');
  secret = join(base, 'secret.txt');
  mkdirSync(inbox, { mode: 0o755 });
  writeFileSync(secret, 'secret', { mode: 0o600 });
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

async function identityIn(dir: SafeDir, name: string): Promise<string> {
  const stats = await dir.find(name);
  if (!stats) throw new Error(`no ${name}`);
  return identityOf(stats);
}

describe('what stands in a folder is never followed and never blocks', () => {
  test('links, hard links, FIFOs and folders are not opened as files', async () => {
    symlinkSync(secret, join(inbox, 'link.zip'));
    linkSync(secret, join(inbox, 'hard.zip'));
    execFileSync('mkfifo', [join(inbox, 'fifo.zip')]);
    mkdirSync(join(inbox, 'folder.zip'));
    await using dir = await SafeDir.open(inbox);
    for (const name of ['link.zip', 'hard.zip', 'fifo.zip', 'folder.zip']) {
      await expect(dir.openFile(name)).rejects.toThrow(UnsafeFile);
    }
  });

  test('a link in the place of a folder is not entered', async () => {
    mkdirSync(join(base, 'elsewhere'));
    symlinkSync(join(base, 'elsewhere'), join(inbox, 'invalid'));
    await using dir = await SafeDir.open(inbox);
    await expect(dir.dir('invalid')).rejects.toThrow(/ELOOP|ENOTDIR/);
    await expect(dir.makeDir('invalid')).rejects.toThrow(/ELOOP|ENOTDIR/);
    expect(readdirSync(join(base, 'elsewhere'))).toEqual([]);
  });

  test.each([
    ['a link', () => symlinkSync(secret, join(inbox, 'job.status.txt'))],
    ['a hard link', () => linkSync(secret, join(inbox, 'job.status.txt'))],
    ['a FIFO', () => execFileSync('mkfifo', [join(inbox, 'job.status.txt')])],
    ['a broken link', () => symlinkSync('/nowhere/at/all', join(inbox, 'job.status.txt'))],
  ])('%s with the name of a receipt is replaced and leads nowhere', async (_, plant) => {
    plant();
    await using dir = await SafeDir.open(inbox);
    await dir.replace('job.status.txt', 'receipt');
    expect(lstatSync(join(inbox, 'job.status.txt')).isFile()).toBe(true);
    expect(readFileSync(join(inbox, 'job.status.txt'), 'utf8')).toBe('receipt');
    expect(readFileSync(secret, 'utf8')).toBe('secret');
  });

  test('a folder with the name of a receipt is an error and leaves nothing behind', async () => {
    mkdirSync(join(inbox, 'job.status.txt'));
    await using dir = await SafeDir.open(inbox);
    await expect(dir.replace('job.status.txt', 'receipt')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(inbox)).toEqual(['job.status.txt']);
  });

  test('an inbox that is swapped for a link while we work keeps being the inbox', async () => {
    mkdirSync(join(base, 'etc'));
    writeFileSync(join(base, 'etc', 'job.zip'), 'not yours');
    writeFileSync(join(inbox, 'job.zip'), 'mine');
    await using dir = await SafeDir.open(inbox);
    renameSync(inbox, join(base, 'moved'));
    symlinkSync(join(base, 'etc'), inbox);
    await using file = await dir.openFile('job.zip');
    expect(await file.readFile('utf8')).toBe('mine');
    await dir.replace('job.status.txt', 'receipt');
    await dir.remove('job.zip');
    expect(readdirSync(join(base, 'etc'))).toEqual(['job.zip']);
    expect(readdirSync(join(base, 'moved'))).toEqual(['job.status.txt']);
  });

  test.each(['', '.', '..', 'a/b', '../secret.txt', 'a\0b'])('%j is no name', async (name) => {
    await using dir = await SafeDir.open(inbox);
    await expect(dir.openFile(name)).rejects.toThrow(UnsafeFile);
    await expect(dir.remove(name)).rejects.toThrow(UnsafeFile);
    await expect(dir.replace(name, 'x')).rejects.toThrow(UnsafeFile);
  });
});

describe('removing', () => {
  test('only the very file that was read is removed', async () => {
    writeFileSync(join(inbox, 'job.zip'), 'read');
    await using dir = await SafeDir.open(inbox);
    const identity = await identityIn(dir, 'job.zip');
    writeFileSync(join(base, 'new'), 'never read');
    renameSync(join(base, 'new'), join(inbox, 'job.zip'));
    expect(await dir.removeSame('job.zip', identity)).toBe(false);
    expect(readFileSync(join(inbox, 'job.zip'), 'utf8')).toBe('never read');
    expect(await dir.removeSame('job.zip', await identityIn(dir, 'job.zip'))).toBe(true);
  });

  test('one whose time alone was set meanwhile is the same, if its bytes are', async () => {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    writeFileSync(join(inbox, 'job.zip'), 'one');
    await using dir = await SafeDir.open(inbox);
    const identity = await identityIn(dir, 'job.zip');
    utimesSync(join(inbox, 'job.zip'), 1, 1);
    expect(await dir.removeSame('job.zip', identity)).toBe(false);
    expect(await dir.removeSame('job.zip', identity, sha256('two'))).toBe(false);
    expect(readFileSync(join(inbox, 'job.zip'), 'utf8')).toBe('one');
    expect(await dir.removeSame('job.zip', identity, sha256('one'))).toBe(true);
    expect(existsSync(join(inbox, 'job.zip'))).toBe(false);
    expect(readdirSync(inbox)).toEqual([]);
  });

  test('removing a link removes the link', async () => {
    symlinkSync(secret, join(inbox, 'x'));
    await using dir = await SafeDir.open(inbox);
    await dir.remove('x');
    await dir.remove('x');
    expect(existsSync(secret)).toBe(true);
  });
});

describe('moving', () => {
  test('a file never goes over another: it gets a number', async () => {
    await using dir = await SafeDir.open(inbox);
    await using invalid = await dir.makeDir('invalid');
    for (const content of ['one', 'two', 'three']) {
      writeFileSync(join(inbox, 'job.zip'), content);
      await dir.move('job.zip', invalid, freeNames('job.zip'));
    }
    const names = ['job.zip', 'job.2.zip', 'job.3.zip'];
    expect(names.map((name) => readFileSync(join(inbox, 'invalid', name), 'utf8'))).toEqual(['one', 'two', 'three']);
    expect(readdirSync(inbox)).toEqual(['invalid']);
  });

  test('a planted link of the name is passed over like any other', async () => {
    mkdirSync(join(inbox, 'invalid'));
    symlinkSync(secret, join(inbox, 'invalid', 'job.zip'));
    writeFileSync(join(inbox, 'job.zip'), 'mine');
    await using dir = await SafeDir.open(inbox);
    await using invalid = await dir.dir('invalid');
    expect(await dir.move('job.zip', invalid, freeNames('job.zip'))).toBe('job.2.zip');
    expect(readFileSync(secret, 'utf8')).toBe('secret');
  });
});

describe.runIf(process.getuid?.() === 0)('in a folder of another user', () => {
  const ALICE = 4242;

  beforeEach(() => execFileSync('chown', [`${ALICE}:${ALICE}`, inbox]));

  test('a folder whose maker died before it was given away is given away by the next who needs it', async () => {
    mkdirSync(join(inbox, 'invalid'), { mode: UNFINISHED_MODE });
    await using dir = await SafeDir.open(inbox);
    await using invalid = await dir.makeDir('invalid');
    void invalid;
    expect(statSync(join(inbox, 'invalid'))).toMatchObject({ uid: ALICE, mode: 0o40700 });
  });

  test('a folder that root has made there on purpose stays as it is', async () => {
    mkdirSync(join(inbox, 'invalid'), { mode: 0o700 });
    await using dir = await SafeDir.open(inbox);
    await using invalid = await dir.makeDir('invalid');
    void invalid;
    expect(statSync(join(inbox, 'invalid'))).toMatchObject({ uid: 0, mode: 0o40700 });
  });

  test('what we make there belongs to its owner, who can delete it', async () => {
    await using dir = await SafeDir.open(inbox);
    await dir.replace('job.zip.status.txt', 'receipt');
    await using invalid = await dir.makeDir('invalid');
    await invalid.replace('job.zip', 'x');
    for (const name of ['job.zip.status.txt', 'invalid', 'invalid/job.zip']) {
      expect(statSync(join(inbox, name)).uid).toBe(ALICE);
    }
    expect(statSync(join(inbox, 'invalid')).mode & 0o777).toBe(0o700);
    execFileSync('chmod', ['755', base]);
    execFileSync('setpriv', [
      '--reuid',
      `${ALICE}`,
      '--regid',
      `${ALICE}`,
      '--clear-groups',
      'rm',
      '-r',
      join(inbox, 'invalid'),
    ]);
    expect(existsSync(join(inbox, 'invalid'))).toBe(false);
  });

  test("a receipt that its owner links to another's file changes no file of the other", async () => {
    const bob = join(base, 'bob');
    mkdirSync(bob, { mode: 0o700 });
    writeFileSync(join(bob, 'private'), 'private');
    execFileSync('chown', ['-R', '4343:4343', bob]);
    execFileSync('chmod', ['755', base]);
    const asAlice = ['--reuid', `${ALICE}`, '--regid', `${ALICE}`, '--clear-groups', 'sh', '-c'];
    execFileSync('setpriv', [...asAlice, `ln -s ../bob/private ${inbox}/job.status.txt`]);
    await using dir = await SafeDir.open(inbox);
    await dir.replace('job.status.txt', 'receipt');
    expect(readFileSync(join(bob, 'private'), 'utf8')).toBe('private');
    expect(statSync(join(bob, 'private')).uid).toBe(4343);
    expect(readFileSync(join(inbox, 'job.status.txt'), 'utf8')).toBe('receipt');
  });
});
