import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { waitFor } from '@dopq/testbed';
import { execa } from 'execa';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runController } from './running-controller.fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Accounts that every Debian has. */
const [WWW_DATA, GAMES] = [33, 5];
const isRoot = process.getuid?.() === 0;

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'dopq-sockets-'));
  chmodSync(folder, 0o755);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'users');
}

/** What the server says to an account of this machine that asks who it is; or why it could not ask. */
async function whoIs(uid: number, socket: string): Promise<string> {
  const script = `
    const { request } = require('node:http');
    process.setgroups([]); process.setgid(65534); process.setuid(${uid});
    const sent = request({ socketPath: ${JSON.stringify(socket)}, path: '/rpc/session/whoami', method: 'POST' });
    sent.on('response', (answer) => answer.pipe(process.stdout)).on('error', ({ code }) => console.log(code)).end();`;
  return (await execa(process.execPath, ['-e', script])).stdout;
}

test.runIf(isRoot)(
  'each account of this machine reaches the socket of its own user only, and needs no login',
  async () => {
    const folder = temporaryFolder();
    await using running = await runController({ 'user.sockets': folder });
    await running.client.users.add({ name: 'webber', uid: WWW_DATA });
    await running.client.users.add({ name: 'player', uid: GAMES });
    await running.client.users.add({ name: 'nobody-here', uid: 54_321 });
    const socketOf = (uid: number) => path.join(folder, String(uid), 'dopq.sock');
    await waitFor(() => existsSync(socketOf(WWW_DATA)) && existsSync(socketOf(GAMES)));
    expect(existsSync(path.join(folder, '54321'))).toBe(false);
    await waitFor(() => statSync(path.dirname(socketOf(GAMES))).uid === GAMES);
    expect(statSync(path.dirname(socketOf(GAMES))).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await whoIs(WWW_DATA, socketOf(WWW_DATA)))).toMatchObject({
      json: { user: 'webber', role: 'user', how: 'user socket' },
    });
    expect(await whoIs(WWW_DATA, socketOf(GAMES))).toBe('EACCES');
    expect(await whoIs(WWW_DATA, running.socket)).toBe('EACCES');

    await running.client.users.role({ name: 'webber', role: 'operator' });
    expect(await whoIs(WWW_DATA, socketOf(WWW_DATA))).toContain('"operator"');
    await running.client.users.disable({ name: 'webber' });
    await waitFor(() => !existsSync(path.dirname(socketOf(WWW_DATA))));
    expect(existsSync(socketOf(GAMES))).toBe(true);
  },
);

test.runIf(isRoot)('sockets go with the server, and what a killed one left is taken over', async () => {
  const folder = temporaryFolder();
  const socket = path.join(folder, String(GAMES), 'dopq.sock');
  const start = async () => {
    const running = await runController({ 'user.sockets': folder });
    await running.client.users.add({ name: 'player', uid: GAMES });
    await waitFor(() => existsSync(socket) && statSync(path.dirname(socket)).uid === GAMES);
    return running;
  };
  const first = await start();
  await first[Symbol.asyncDispose]();
  expect(existsSync(path.dirname(socket))).toBe(false);
  const script = `require('net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 'SIGKILL'))`;
  mkdirSync(path.dirname(socket), { mode: 0o700 });
  chownSync(path.dirname(socket), GAMES, 0);
  await execa(process.execPath, ['-e', script], { reject: false });
  await using second = await start();
  // What lies there looks like a socket that is ready.
  await waitFor(async () => (await whoIs(GAMES, socket)).includes('"player"'));
  expect(second.store.users.list()).toHaveLength(1);
});

test.runIf(isRoot)('a folder that others may write to gets no sockets', async () => {
  const folder = temporaryFolder();
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  const running = await runController({ 'user.sockets': folder });
  await running.client.users.add({ name: 'player', uid: GAMES });
  await running.client.users.add({ name: 'webber', uid: WWW_DATA });
  await running[Symbol.asyncDispose]();
  expect(existsSync(path.join(folder, String(GAMES)))).toBe(false);
});
