import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findServer } from './find-server.ts';

function configFile(text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'dopq-find-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, 'config.ini'), text);
  return path.join(folder, 'config.ini');
}

const PATHS =
  '[paths]\nhistory.dir = /lab/history\nnetwork.dir = /lab/share\nlog.dir = /lab/log\nfailed.dir = /lab/failed\ncontainer.dir = /lab/c\n';

test('a config file of DoPQ 1.0 names the socket through history.dir', async () => {
  expect(await findServer({ config: configFile(PATHS) }, {})).toMatchObject({ socketPath: '/lab/history/dopq.sock' });
});

test('--config wins over DOPQ_HOST, that over DOPQ_CONFIG', async () => {
  const config = configFile(PATHS);
  const other = configFile(`${PATHS}[controller]\nsocket = /run/other.sock\n`);
  const env = { DOPQ_HOST: 'unix:///run/host.sock', DOPQ_CONFIG: other };
  expect((await findServer({ config }, env)).socketPath).toBe('/lab/history/dopq.sock');
  expect((await findServer({}, env)).socketPath).toBe('/run/host.sock');
  expect((await findServer({}, { DOPQ_CONFIG: other })).socketPath).toBe('/run/other.sock');
});

test('DOPQ_HOST may be a URL', async () => {
  expect(await findServer({}, { DOPQ_HOST: 'http://box:8080/' })).toEqual({
    words: 'http://box:8080',
    origin: 'http://box:8080',
  });
});

test('a token is sent where the host is named by a URL, and never to a socket', async () => {
  const env = { DOPQ_TOKEN: 'dopq_x' };
  expect(await findServer({}, { ...env, DOPQ_HOST: 'https://box' })).toMatchObject({ token: 'dopq_x' });
  expect(await findServer({}, { ...env, DOPQ_HOST: 'unix:///run/x.sock' })).not.toHaveProperty('token');
});

test.each([
  [{ DOPQ_HOST: 'box' }, 2, '"box" is no address'],
  [{ DOPQ_HOST: 'unix://relative.sock' }, 2, 'is no address'],
  [{ DOPQ_CONFIG: '/nowhere/config.ini' }, 7, '/nowhere/config.ini does not exist'],
])('with %j nothing is found: exit code %i', async (env, exitCode, message) => {
  await expect(findServer({}, env)).rejects.toMatchObject({ exitCode, message: expect.stringContaining(message) });
});

test('a config file with faults is told with file and line', async () => {
  const config = configFile(`${PATHS}[queue]\npolici = fifo\n`);
  await expect(findServer({ config }, {})).rejects.toThrow(`${config}:8`);
});
