// From a clone to a running DoPQ for all users of a machine: init, the installed program, doctor.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Status, WhoAmI } from '@dopq/contract';
import { startDopq, waitFor } from '@dopq/testbed';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../dopq', import.meta.url));

/** Accounts that every Debian has. */
const [WWW_DATA, GAMES] = [33, 5];

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'dopq-init-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('init installs, writes a configuration and a unit, and what it installed serves and answers without the clone', async () => {
  const config = path.join(dir, 'config.ini');
  const share = path.join(dir, 'share');
  mkdirSync(share);
  const first = await execa(LAUNCHER, [
    'init',
    '--config',
    config,
    '--share',
    share,
    '--users',
    'alice,bob',
    '--prefix',
    path.join(dir, 'opt'),
    '--systemd',
    path.join(dir, 'dopq.service'),
  ]);
  expect(first.stdout).toMatch(/^installed .*\nengine .*\nGPUs .*\nconfig .*config\.ini\nshare /);
  expect(first.stderr).toContain('doctor --config');
  expect(readFileSync(config, 'utf8')).toMatch(/^valid\.executors = alice,bob$/m);
  expect(readFileSync(config, 'utf8')).toContain(`network.dir = ${share}`);

  const program = path.join(dir, 'opt/bin/dopq');
  expect(readFileSync(path.join(dir, 'dopq.service'), 'utf8')).toContain(
    `ExecStart=${program} serve --config ${config}`,
  );
  const folder = path.join(dir, 'opt/lib/dopq');
  expect(existsSync(path.join(folder, 'node_modules/vitest'))).toBe(false);
  expect(statSync(path.join(folder, 'packages/cli/src/main.ts')).mode & 0o044).toBe(0o044);

  // Another DoPQ may have the usual port and folder of sockets.
  const sockets = path.join(dir, 'sockets');
  const text = readFileSync(config, 'utf8').replace(/^port = .*$/m, 'port = auto');
  writeFileSync(config, text.replace(/^#? ?user\.sockets = .*$/m, `user.sockets = ${sockets}`));
  const env = { PATH: '/usr/bin:/bin', HOME: dir };
  const server = execa(program, ['serve', '--simulate', '--config', config], { env, extendEnv: false, reject: false });
  const ask = (...args: string[]) =>
    execa(program, [...args, '--config', config], { env, extendEnv: false, reject: false });
  await waitFor(async () => (await ask('status')).exitCode === 0, { timeoutMs: 60_000, intervalMs: 300 });
  expect((await ask('user', 'ls')).stdout).toContain('alice');
  // The page comes from what was installed, and nothing is built there.
  const { controller } = Status.parse(JSON.parse((await ask('status', '-o', 'json')).stdout));
  const { address } = controller;
  expect(address).not.toBeNull();
  const page = await fetch(address ?? '', { headers: { accept: 'text/html' } });
  expect({ status: page.status, type: page.headers.get('content-type') }).toEqual({
    status: 200,
    type: expect.stringContaining('text/html'),
  });

  // Accounts without any right but their own: their socket is their login, and nobody else's.
  chmodSync(dir, 0o755);
  await ask('user', 'add', 'webber', '--uid', String(WWW_DATA));
  await ask('user', 'add', 'player', '--uid', String(GAMES));
  await waitFor(() => existsSync(path.join(sockets, `${WWW_DATA}/dopq.sock`)), { timeoutMs: 60_000 });
  const as = (uid: number, env: Record<string, string>, ...args: string[]) =>
    execa('setpriv', [`--reuid=${uid}`, '--regid=65534', '--clear-groups', program, ...args], {
      env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...env },
      extendEnv: false,
      reject: false,
      cwd: '/',
    });
  const me = await as(WWW_DATA, { DOPQ_CONFIG: config }, 'whoami', '-o', 'json');
  expect(WhoAmI.parse(JSON.parse(me.stdout))).toMatchObject({ user: 'webber', role: 'user', how: 'user socket' });
  expect((await as(WWW_DATA, { DOPQ_CONFIG: config }, 'lock')).exitCode).toBe(6);
  for (const socket of [path.join(sockets, `${WWW_DATA}/dopq.sock`), controller.socket]) {
    const refused = await as(GAMES, { DOPQ_HOST: `unix://${socket}` }, 'ps');
    expect(refused).toMatchObject({ exitCode: 7, stdout: '', stderr: expect.stringContaining('You may not use') });
  }
  server.kill('SIGTERM');
  expect((await server).exitCode).toBe(0);

  const again = await execa(LAUNCHER, ['init', '--config', config, '--users', 'mallory']);
  expect(again.stdout).toContain('is there already and stays as it is');
  expect(readFileSync(config, 'utf8')).not.toContain('mallory');
});

test('doctor looks everything over, tells what is wrong with its fix, and fails for it', async () => {
  await using dopq = await startDopq({
    settings: { docker: { host: `unix://${dir}/no-engine.sock` }, controller: { port: 'none' } },
  });
  const { exitCode, stdout } = await dopq.tryDopq('doctor', '-o', 'json');
  const checks = JSON.parse(stdout) as { name: string; state: string; found: string; fix: string | null }[];
  const stateOf = (name: string) => checks.find((check) => check.name === name)?.state;
  expect({
    config: stateOf('config'),
    server: stateOf('server'),
    share: stateOf('share'),
    database: stateOf('database'),
    engine: stateOf('engine'),
    exitCode,
  }).toEqual({ config: 'ok', server: 'ok', share: 'ok', database: 'ok', engine: 'skip', exitCode: 0 });
  for (const { state, fix } of checks) expect(fix !== null).toBe(state === 'warn' || state === 'fail');
  // A simulated server needs no engine; without it, one is looked for.
  await dopq.stop();
  const page = await dopq.tryDopq('doctor');
  expect(page.exitCode).toBe(1);
  expect(page.stdout).toMatch(/✖ fail {2}engine: no Docker Engine answers at .*\n {8}fix: Start it/);
  expect(page.stdout).toMatch(/\n\d+ ok, \d+ to look at, \d+ wrong, \d+ not looked at$/);
});
