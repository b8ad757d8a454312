import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCredentials } from './registry-credentials.ts';

let dir: string;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const read = (config: object | string) => {
  writeFileSync(path.join(dir, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
  return readCredentials({ DOCKER_CONFIG: dir, PATH: `${dir}:${process.env['PATH']}` });
};

beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'dopq-login-'));
  const helper = `#!/bin/sh
read registry
case "$registry" in
  token.lab) echo '{"Username": "<token>", "Secret": "t0ken"}';;
  store.lab) echo '{"Username": "ada", "Secret": "s3cret"}';;
  *) echo "nothing for $registry, s3cret" ; exit 1;;
esac
`;
  writeFileSync(path.join(dir, 'docker-credential-test'), helper);
  chmodSync(path.join(dir, 'docker-credential-test'), 0o755);
});
afterAll(() => rmSync(dir, { recursive: true }));

test('what docker login wrote down is read: a password may hold colons', async () => {
  const auths = {
    'a.lab:5000': { auth: base64('ada:pass:word') },
    'b.lab': { identitytoken: 'tok' },
    'c.lab': { username: 'bob', password: 'x' },
    'd.lab': {},
  };
  expect(await read({ auths })).toEqual({
    byRegistry: {
      'a.lab:5000': { username: 'ada', password: 'pass:word', serveraddress: 'a.lab:5000' },
      'b.lab': { identitytoken: 'tok', serveraddress: 'b.lab' },
      'c.lab': { username: 'bob', password: 'x', serveraddress: 'c.lab' },
    },
    problems: [],
  });
});

test('the programs that keep passwords are asked, and their words are not repeated when they fail', async () => {
  const credentials = await read({
    auths: { 'store.lab': {} },
    credsStore: 'test',
    credHelpers: { 'token.lab': 'test', 'other.lab': 'test', 'absent.lab': 'absent', 'bad.lab': '../sh' },
  });
  expect(credentials.byRegistry).toEqual({
    'store.lab': { username: 'ada', password: 's3cret', serveraddress: 'store.lab' },
    'token.lab': { identitytoken: 't0ken', serveraddress: 'token.lab' },
  });
  expect(credentials.problems).toEqual([
    'docker-credential-test gave no credentials for other.lab',
    'docker-credential-absent gave no credentials for absent.lab',
    `the credential helper "../sh" is no program's name`,
  ]);
});

test('a file that is missing or broken keeps no build from being made', async () => {
  expect(await readCredentials({ DOCKER_CONFIG: path.join(dir, 'nowhere') })).toEqual({ byRegistry: {}, problems: [] });
  expect((await read('{')).problems).toEqual([expect.stringContaining('docker login')]);
});
