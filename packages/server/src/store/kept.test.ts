// Databases of released versions, each written by that version (scripts/keep-database.ts). Every later one has to open them.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { migrations } from './migrations/index.ts';
import { openStore } from './store.ts';

const FOLDER = new URL('kept/', import.meta.url);
const VERSIONS = readdirSync(FOLDER).map((name) => name.replace(/\.db\.gz$/, ''));
const { version: current } = JSON.parse(readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const dir = mkdtempSync(path.join(tmpdir(), 'dopq-kept-'));
afterAll(() => rmSync(dir, { recursive: true }));

function unpacked(version: string): string {
  const folder = mkdtempSync(path.join(dir, 'data-'));
  const file = path.join(folder, 'dopq.db');
  writeFileSync(file, gunzipSync(readFileSync(new URL(`${version}.db.gz`, FOLDER))));
  return file;
}

function read<T>(file: string, sql: string): T[] {
  using sqlite = new DatabaseSync(file, { readOnly: true });
  return sqlite.prepare(sql).all() as T[];
}

const schemaOf = (file: string): string[] =>
  read<{ sql: string }>(file, 'select sql from sqlite_master where sql is not null order by type, name').map(
    ({ sql }) => sql,
  );

it('this version has kept one of its own', () => {
  expect(VERSIONS).toContain(current);
});

describe.each(VERSIONS)('a database of %s', (version) => {
  it('is opened, and nothing in it is lost', () => {
    const file = unpacked(version);
    const count = (table: string) => read<{ rows: number }>(file, `select count(*) as rows from ${table}`)[0]?.rows;
    const before = { jobs: count('jobs'), attempts: count('attempts'), events: count('events'), users: count('users') };
    const states = read(file, 'select id, state, outcome from jobs order by id');
    {
      using store = openStore(file, systemClock);
      const jobs = store.jobs.list({ scope: 'all', limit: 1000 });
      expect(jobs.map(({ id, state, outcome }) => ({ id, state, outcome })).toReversed()).toEqual(states);
      expect(new Set(jobs.map(({ state }) => state))).toEqual(new Set(['finished', 'running', 'held', 'queued']));
      expect(store.jobs.waiting().length).toBeGreaterThan(0);
      expect(store.attempts.active()).toHaveLength(1);
      expect(store.users.list().map(({ name }) => name)).toEqual(expect.arrayContaining(['alice', 'bob']));
      for (const { id } of jobs) expect(store.events.ofJob(id).length).toBeGreaterThan(0);
    }
    expect({
      jobs: count('jobs'),
      attempts: count('attempts'),
      events: count('events'),
      users: count('users'),
    }).toEqual(before);
    expect(read(file, 'pragma integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expect(read(file, 'pragma foreign_key_check')).toEqual([]);
    expect(read(file, 'pragma user_version')).toEqual([{ user_version: migrations.length }]);
  });

  it('has then the same tables as a new one; if not, and it is unreleased: node scripts/keep-database.ts', () => {
    const [old, fresh] = [unpacked(version), path.join(mkdtempSync(path.join(dir, 'new-')), 'dopq.db')];
    for (const file of [old, fresh]) openStore(file, systemClock)[Symbol.dispose]();
    expect(schemaOf(old)).toEqual(schemaOf(fresh));
  });
});
