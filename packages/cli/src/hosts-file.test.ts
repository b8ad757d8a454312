import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { forgetHost, hostsFile, readHosts, rememberHost, tokenFor } from './hosts-file.ts';

function home(): { XDG_CONFIG_HOME: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'dopq-hosts-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { XDG_CONFIG_HOME: folder };
}

const entry = (token: string) => ({ user: 'alice', token, expires_at: null });

test('tokens are kept per server, the last login is the current one, and forgetting it makes another current', () => {
  const env = home();
  expect(readHosts(env)).toEqual({ hosts: {} });
  rememberHost('https://a', entry('1'), env);
  rememberHost('https://b', entry('2'), env);
  expect(statSync(hostsFile(env)).mode & 0o777).toBe(0o600);
  expect([tokenFor('https://a', env), tokenFor('https://b', env), tokenFor('https://c', env)]).toEqual([
    '1',
    '2',
    undefined,
  ]);
  expect(forgetHost('https://b', env)?.token).toBe('2');
  expect(readHosts(env).current).toBe('https://a');
  expect(forgetHost('https://b', env)).toBeUndefined();
  forgetHost('https://a', env);
  expect(readHosts(env)).toEqual({ hosts: {} });
});

test('a file that others may read, or that is something else, is refused with the fix', () => {
  const env = home();
  rememberHost('https://a', entry('1'), env);
  chmodSync(hostsFile(env), 0o640);
  expect(() => readHosts(env)).toThrow(expect.objectContaining({ fix: `chmod 600 ${hostsFile(env)}` }));
  chmodSync(hostsFile(env), 0o600);
  writeFileSync(hostsFile(env), '{"hosts": []}');
  expect(() => readHosts(env)).toThrow('cannot be read');
});
