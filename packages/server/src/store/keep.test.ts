import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { backupsIn, checkDatabase, copyDatabase, listBackups, nameBackup, pruneBackups } from './backups.ts';
import { lockData } from './data-lock.ts';
import { networkFileSystem, refuseNetworkFileSystem } from './file-system.ts';
import { migrations } from './migrations/index.ts';
import { openSafely } from './open-safely.ts';
import { backupDatabase, restoreDatabase } from './restore.ts';
import { storageErrorOf, StorageError } from './store-error.ts';
import { openStore } from './store.ts';

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'dopq-keep-'));
  file = path.join(dir, 'dopq.db');
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A database with so many jobs, written and closed. */
function fill(jobs: number): void {
  using store = openStore(file, systemClock);
  addJobs(store, jobs);
}

function addJobs(store: ReturnType<typeof openStore>, jobs: number): void {
  for (let index = 0; index < jobs; index++) {
    const job = { user: 'alice', name: 'n', state: 'receiving', source: 'upload', inbox: null, file: 'a.zip' } as const;
    store.jobs.create({ ...job, zipPlace: 'accepted', unverified: false }, { actor: 't', kind: 't', message: 't' });
  }
}

function countJobs(database: string): number {
  using sqlite = new DatabaseSync(database, { readOnly: true });
  return (sqlite.prepare('select count(*) as jobs from jobs').get() as { jobs: number }).jobs;
}

const open = () => openStore(file, systemClock)[Symbol.dispose]();
const backUp = (name = 'daily') => copyDatabase(file, nameBackup(dir, name, Date.now()));

describe('a backup', () => {
  it('is whole, holds what was committed, and is made while the server writes', () => {
    using store = openStore(file, systemClock);
    addJobs(store, 3);
    const copy = path.join(dir, 'copy.db');
    expect(backupDatabase(dir, copy, { force: false })).toBe(copy);
    addJobs(store, 1);
    expect(checkDatabase(copy)).toBe(migrations.length);
    expect([countJobs(copy), countJobs(file)]).toEqual([3, 4]);
  });

  it('made in the background has all that was committed before, and writing goes on meanwhile', async () => {
    using store = openStore(file, systemClock);
    addJobs(store, 50);
    const copying = store.copyTo(path.join(dir, 'copy.db'));
    addJobs(store, 50);
    await copying;
    expect(countJobs(path.join(dir, 'copy.db'))).toBeGreaterThanOrEqual(50);
  });

  it('does not overwrite a file unless told to', () => {
    fill(1);
    const copy = path.join(dir, 'copy.db');
    writeFileSync(copy, 'precious');
    expect(() => backupDatabase(dir, copy, { force: false })).toThrow('--force');
    expect(readFileSync(copy, 'utf8')).toBe('precious');
    backupDatabase(dir, copy, { force: true });
    expect(countJobs(copy)).toBe(1);
  });

  it('that cannot be written leaves no half file', () => {
    fill(1);
    expect(() => backupDatabase(dir, path.join(dir, 'no', 'folder.db'), { force: false })).toThrow('cannot be written');
    expect(readdirSync(dir).filter((name) => name.includes('part'))).toEqual([]);
  });

  it('of a day is kept for a week; those made before an upgrade or a restore stay', () => {
    fill(1);
    for (let day = 0; day < 10; day++) copyDatabase(file, nameBackup(dir, 'daily', day * 86_400_000));
    copyDatabase(file, nameBackup(dir, 'before-restore', 0));
    pruneBackups(dir);
    expect(listBackups(dir)).toHaveLength(8);
    expect(existsSync(path.join(backupsIn(dir), 'before-restore-1970-01-01T000000000Z.db'))).toBe(true);
  });
});

describe('a restore', () => {
  it('brings the backup back and keeps the former database', () => {
    fill(2);
    backUp();
    fill(5);
    const { jobs, former = '' } = restoreDatabase(dir, listBackups(dir)[0]?.file ?? '', Date.now());
    expect([jobs, countJobs(file), countJobs(former)]).toEqual([2, 2, 7]);
  });

  it('never gives the numbers of later jobs out again: their containers may still run', () => {
    fill(2);
    backUp();
    fill(5);
    restoreDatabase(dir, listBackups(dir)[0]?.file ?? '', Date.now());
    using store = openStore(file, systemClock);
    addJobs(store, 1);
    expect(store.jobs.find(8)).toBeDefined();
  });

  it('also over a damaged database, of which all is kept', () => {
    fill(2);
    backUp();
    writeFileSync(file, 'garbage');
    writeFileSync(`${file}-wal`, 'more garbage');
    const { former = '' } = restoreDatabase(dir, listBackups(dir)[0]?.file ?? '', Date.now());
    expect([readFileSync(former, 'utf8'), readFileSync(`${former}-wal`, 'utf8')]).toEqual(['garbage', 'more garbage']);
    expect(countJobs(file)).toBe(2);
    open();
  });

  it('is refused while a server runs, naming it, and changes nothing (row 55)', () => {
    fill(1);
    backUp();
    using _running = lockData(dir, 0);
    expect(() => restoreDatabase(dir, listBackups(dir)[0]?.file ?? '', 1)).toThrow(`pid ${process.pid}`);
    expect(countJobs(file)).toBe(1);
  });

  it.each(['no database at all', ''])('of a file with "%s" is refused and changes nothing', (content) => {
    fill(1);
    writeFileSync(path.join(dir, 'x.db'), content);
    expect(() => restoreDatabase(dir, path.join(dir, 'x.db'), 1)).toThrow(/damaged|no database of DoPQ/);
    expect(countJobs(file)).toBe(1);
  });
});

describe('a database that cannot be used is refused with the newest backup and the restore command', () => {
  beforeEach(() => {
    fill(200);
    backUp();
  });
  const asked = () => new RegExp(`dopq restore ${listBackups(dir)[0]?.file ?? ''}`);

  it.each(['head', 'middle', 'all'])('damaged at its %s (row 57)', (where) => {
    const bytes = readFileSync(file);
    const from = { head: 0, middle: Math.floor(bytes.length / 2), all: 0 }[where] ?? 0;
    bytes.fill(0x5a, from, where === 'all' ? bytes.length : from + 4096);
    writeFileSync(file, bytes);
    expect(open).toThrow(asked());
    expect(readFileSync(file)).toEqual(bytes);
  });

  it('cut short (row 57)', () => {
    truncateSync(file, 4096 * 3);
    expect(open).toThrow(asked());
  });

  it('gone, or emptied, although there was one: a new one would look as if all jobs were lost (row 57)', () => {
    renameSync(file, `${file}.elsewhere`);
    expect(open).toThrow(asked());
    writeFileSync(file, '');
    expect(open).toThrow(asked());
  });

  it('without the write-ahead log it needs: what is in the file itself is used, nothing breaks (row 57)', () => {
    {
      using store = openStore(file, systemClock);
      addJobs(store, 10);
      copyFileSync(file, path.join(dir, 'crashed.db'));
    }
    renameSync(path.join(dir, 'crashed.db'), file);
    open();
    expect(countJobs(file)).toBe(200);
  });

  it('made by a newer DoPQ (row 59)', () => {
    execFileSync(process.execPath, ['-e', setVersion, file, String(migrations.length + 7)]);
    expect(open).toThrow(new RegExp(`schema ${migrations.length + 7}.*knows ${migrations.length}.*dopq restore`));
  });
});

const setVersion = `
const { DatabaseSync } = require('node:sqlite');
new DatabaseSync(process.argv[1]).exec('pragma user_version = ' + process.argv[2]);`;

describe('an upgrade', () => {
  const later = [...migrations, 'alter table jobs add column later text; update jobs set later = name;'];

  it('backs up, then changes all or nothing (row 59)', () => {
    fill(3);
    openSafely(file, later).close();
    const [before] = listBackups(dir);
    expect(before?.file).toContain(`before-schema-${later.length}`);
    expect([checkDatabase(before?.file ?? ''), checkDatabase(file)]).toEqual([migrations.length, later.length]);
    expect(countJobs(before?.file ?? '')).toBe(3);
  });

  it('that fails in its middle leaves the database as it was and says so (row 59)', () => {
    fill(3);
    const broken = [...migrations, 'alter table jobs add column later text', 'alter table nowhere add column x text'];
    expect(() => openSafely(file, broken)).toThrow(/no such table: nowhere.*Nothing was changed.*dopq restore/);
    expect(checkDatabase(file)).toBe(migrations.length);
    open();
    expect(countJobs(file)).toBe(3);
  });
});

describe('the place of a database', () => {
  it.each([
    [0x6969, 'NFS'],
    [-0xb2bd, undefined],
    [0xff534d42 | 0, 'CIFS'],
    [0xfe534d42, 'SMB2'],
    [0x01021997, '9P'],
    [0xef53, undefined],
    [0x01021994, undefined],
    [0x58465342, undefined],
    [0x9123683e, undefined],
  ])('with statfs number %i is %s (row 58)', (type, name) => {
    expect(networkFileSystem(type)).toBe(name);
  });

  it('on a network file system is refused with what to set instead (row 58)', () => {
    expect(() => refuseNetworkFileSystem(dir, () => 0x6969)).toThrow(/NFS.*data\.dir/);
    expect(() => refuseNetworkFileSystem(dir)).not.toThrow();
  });
});

it('a disk that is full is told apart from a bug (row 27)', () => {
  const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
  expect(storageErrorOf(full, file)).toBeInstanceOf(StorageError);
  expect((storageErrorOf(full, file) as Error).message).toContain('Make room');
  const bug = Object.assign(new Error('CHECK constraint failed'), { errcode: 275 });
  expect(storageErrorOf(bug, file)).toBe(bug);
});
