import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPickleDb } from './pickledb.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dopq-users-'));
  file = join(folder, 'dopq_database.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const MD5 = '5f4dcc3b5aa765d61d8327deb882cf99';

test('names and e-mails of a 1.0 registration are taken, MD5 values are not', () => {
  // As pickleDB dumps it: one line of JSON.
  writeFileSync(
    file,
    `{"ana": {"password": "${MD5}", "email": "ana@example.org"}, "Bob": {"password": "${MD5}", "email": ""}}`,
  );
  const imported = readPickleDb(file);
  expect(imported).toEqual({
    users: [
      { name: 'ana', email: 'ana@example.org' },
      { name: 'Bob', email: null },
    ],
    skipped: [],
  });
  expect(JSON.stringify(imported)).not.toContain(MD5);
});

test('other shapes of a registration still give the names', () => {
  writeFileSync(file, JSON.stringify({ ana: MD5, bob: null, carla: { email: 'c@example.org' }, dan: ['x'], eve: 3 }));
  expect(readPickleDb(file).users.map((user) => `${user.name} ${user.email}`)).toEqual([
    'ana null',
    'bob null',
    'carla c@example.org',
    'dan null',
    'eve null',
  ]);
});

test('a name that cannot be a user is skipped and told', () => {
  writeFileSync(file, '{"../root": null, "Bob Smith": null, "ana": null}');
  const { users, skipped } = readPickleDb(file);
  expect(users).toEqual([{ name: 'ana', email: null }]);
  expect(skipped.map((entry) => entry.name)).toEqual(['../root', 'Bob Smith']);
});

test('an empty database has no users', () => {
  writeFileSync(file, '');
  expect(readPickleDb(file)).toEqual({ users: [], skipped: [] });
});

test.each([
  ['a missing file', undefined, /cannot be read: ENOENT/],
  ['broken JSON', '{"ana": ', /is not JSON/],
  ['a list', '["ana"]', /is not a pickleDB file/],
])('%s is an error that names the file', (_title, text, message) => {
  if (text !== undefined) writeFileSync(file, text);
  expect(() => readPickleDb(file)).toThrow(message);
  expect(() => readPickleDb(file)).toThrow(file);
});
