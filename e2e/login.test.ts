// Another machine's terminal: a server on TCP, a password, a token in a file, and rights that follow from who one is.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { IssuedToken, Token, WhoAmI } from '@dopq/contract';
import { type Dopq, startDopq, waitFor } from '@dopq/testbed';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onTerminal } from './pseudo-terminal.ts';

const LAUNCHER = fileURLToPath(new URL('../dopq', import.meta.url));
const PASSWORD = 'correct horse battery';

let dopq: Dopq;
let home: string;
let url: string;
let bobsJob: string;

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'dopq-home-'));
  dopq = await startDopq({ settings: { controller: { port: 'auto' } } });
  url = (await dopq.client.status()).controller.address ?? '';
  const folder = path.join(dopq.dir, 'of-bob');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'Dockerfile'), 'FROM busybox\nCMD ["sleep", "600"]\n');
  const config = { name: 'of-bob', executor_name: 'bob', num_gpus: 0, required_memory: '64m' };
  writeFileSync(path.join(folder, 'container_config.json'), JSON.stringify(config));
  bobsJob = await dopq.dopq('submit', '-q', folder);
});
afterAll(async () => {
  await dopq[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

/** A person elsewhere: no config.ini, a home of their own. */
async function elsewhere(args: string[], { input, env = {} }: { input?: string; env?: Record<string, string> } = {}) {
  const { exitCode, stdout, stderr } = await execa(LAUNCHER, args, {
    env: { DOPQ_CONFIG: '', DOPQ_HOST: url, DOPQ_TOKEN: '', XDG_CONFIG_HOME: home, ...env },
    reject: false,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
  return { exitCode, stdout, stderr };
}

test('without a sign-in there is nothing to see, and the way in is told', async () => {
  const { exitCode, stdout, stderr } = await elsewhere(['ps']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' });
  expect(stderr).toContain('dopq login');
});

test('a password set at the socket opens a login; the token lies in a file that nobody else reads', async () => {
  const set = await execa(LAUNCHER, ['user', 'password', 'alice', '--password-stdin', '--config', dopq.config], {
    input: PASSWORD,
  });
  expect(set.stdout).toBe('alice has a new password');
  const wrong = await elsewhere(['login', url, '-u', 'alice', '--password-stdin'], { input: 'something else' });
  expect(wrong).toMatchObject({ exitCode: 4, stdout: '' });
  const login = await elsewhere(['login', url, '-u', 'alice', '--password-stdin'], { input: `${PASSWORD}\n` });
  expect(login).toMatchObject({ exitCode: 0, stdout: `logged in to ${url} as alice` });
  expect(login.stderr).not.toContain('still go');
  const here = { DOPQ_HOST: '', DOPQ_CONFIG: dopq.config };
  const again = await elsewhere(['login', url, '-u', 'alice', '--password-stdin'], { input: PASSWORD, env: here });
  expect(again.stderr).toContain(`dopq.sock; with DOPQ_HOST=${url} they go there`);
  const file = path.join(home, 'dopq/hosts.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(login.stdout + login.stderr).not.toContain(
    (JSON.parse(readFileSync(file, 'utf8')) as { hosts: Record<string, { token: string }> }).hosts[url]?.token,
  );

  const me = await elsewhere(['whoami', '-o', 'json']);
  expect(WhoAmI.parse(JSON.parse(me.stdout))).toMatchObject({ user: 'alice', how: 'token', role: 'user' });
  expect((await elsewhere(['ps', '-q'])).stdout).toBe(bobsJob);
  expect((await elsewhere(['ps', '-q', '--mine'])).stdout).toBe('');
});

test('a password can be typed at a prompt that shows nothing', async () => {
  const command = `${LAUNCHER} login ${url} -u alice`;
  const login = onTerminal(command, { env: { DOPQ_CONFIG: '', XDG_CONFIG_HOME: path.join(home, 'other') } });
  await waitFor(() => login.said().includes('Password of alice'), { timeoutMs: 60_000 });
  login.type(`${PASSWORD}\r`);
  expect(await login.code).toBe(0);
  expect(login.said()).toContain('logged in to');
  expect(login.said()).not.toContain(PASSWORD.slice(0, 7));
});

test.each([
  [['cancel'], 6],
  [['lock'], 6],
  [['user', 'add', 'eve'], 6],
  [['shutdown', '--yes'], 6],
])('what is not for alice is refused: dopq %j', async (args, code) => {
  const words = args[0] === 'cancel' ? [...args, bobsJob] : args;
  expect(await elsewhere(words)).toMatchObject({ exitCode: code, stdout: '' });
});

test('a file with tokens that others may read is not used', async () => {
  const file = path.join(home, 'dopq/hosts.json');
  chmodSync(file, 0o644);
  const refused = await elsewhere(['ps']);
  chmodSync(file, 0o600);
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain(`chmod 600 ${file}`);
});

test('tokens are made at the socket, used by DOPQ_TOKEN, listed without their secret, and revoked', async () => {
  const issued = IssuedToken.parse(
    JSON.parse(await dopq.dopq('token', 'create', 'ci', '-u', 'bob', '--scope', 'read', '-o', 'json')),
  );
  const env = { DOPQ_TOKEN: issued.secret, XDG_CONFIG_HOME: path.join(home, 'none') };
  expect((await elsewhere(['ps', '-q', '--mine'], { env })).stdout).toBe(bobsJob);
  expect(await elsewhere(['cancel', bobsJob], { env })).toMatchObject({ exitCode: 6 });
  const list = await dopq.dopq('token', 'ls', '-u', 'bob', '-o', 'json');
  expect(Token.array().parse(JSON.parse(list))).toMatchObject([{ name: 'ci', user: 'bob', scope: 'read' }]);
  expect(list).not.toContain(issued.secret);
  expect(await dopq.dopq('token', 'ls', '-u', 'bob')).toMatch(/\n +\d+ +ci +bob +read /);
  await dopq.dopq('token', 'revoke', String(issued.id), '-u', 'bob');
  expect(await elsewhere(['ps'], { env })).toMatchObject({ exitCode: 4, stdout: '' });
});

test('roles and invitations: an operator may lock, an invitation is a code on stdout alone', async () => {
  expect(await dopq.dopq('user', 'role', 'alice', 'operator')).toBe('alice is operator');
  expect(await elsewhere(['lock'])).toMatchObject({ exitCode: 0 });
  expect(await elsewhere(['unlock'])).toMatchObject({ exitCode: 0, stdout: 'unlocked' });
  expect(await dopq.dopq('user', 'invite', 'bob')).toMatch(/^\S+$/);
  expect((await dopq.tryDopq('user', 'pending')).stderr).toContain('Nobody waits');
});

test('a job that is somebody else’s is not entered', async () => {
  await waitFor(async () => (await dopq.client.jobs.get({ id: Number(bobsJob) })).state === 'running');
  const refused = await elsewhere(['exec', bobsJob, 'true']);
  expect(refused).toMatchObject({ exitCode: 6, stdout: '' });
  expect(refused.stderr).toContain('belongs to bob');
});

test('logout makes the token worthless, also a copy of it, and says so where there is none', async () => {
  const file = path.join(home, 'dopq/hosts.json');
  const { hosts } = JSON.parse(readFileSync(file, 'utf8')) as { hosts: Record<string, { token: string }> };
  const copy = { DOPQ_TOKEN: hosts[url]?.token ?? '' };
  expect((await elsewhere(['whoami'], { env: copy })).exitCode).toBe(0);
  expect(await elsewhere(['logout'])).toEqual({ exitCode: 0, stdout: `logged out of ${url}`, stderr: '' });
  expect(await elsewhere(['ps'])).toMatchObject({ exitCode: 4 });
  expect(await elsewhere(['whoami'], { env: copy })).toMatchObject({ exitCode: 4, stdout: '' });
  expect(await elsewhere(['logout'])).toMatchObject({ exitCode: 5, stdout: '' });
});

test('a logout that the server does not hear of forgets the token all the same, and says what is left to do', async () => {
  await elsewhere(['login', url, '-u', 'alice', '--password-stdin'], { input: PASSWORD });
  await dopq.stop();
  const { exitCode, stdout, stderr } = await elsewhere(['logout']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `logged out of ${url}` });
  expect(stderr).toMatch(/the server was not told: No DoPQ answers at .*\n.*revoke it on the page/);
  expect(await elsewhere(['logout'])).toMatchObject({ exitCode: 5 });
});
