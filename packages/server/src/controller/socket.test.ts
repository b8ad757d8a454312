import { statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { startController } from './controller.ts';
import { runController } from './running-controller.fixture.ts';
import { clearSocketPath } from './socket.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dopq-socket-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('the socket is for the owner alone, and a second server is refused', async () => {
  await using running = await runController();
  expect(statSync(running.socket).mode & 0o777).toBe(0o600);
  await expect(startController(running.deps)).rejects.toThrow('Another DoPQ answers');
});

test('the socket of a killed server is taken over', async () => {
  const socket = path.join(await temporaryFolder(), 'dopq.sock');
  const script = `require('net').createServer().listen(${JSON.stringify(socket)}, () => console.log('up'))`;
  const killed = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(killed.stdout, 'data');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  expect(statSync(socket).isSocket()).toBe(true);
  await clearSocketPath(socket);
  const server = createServer().listen(socket);
  await once(server, 'listening');
  server.close();
});

test('a file in the place of the socket is left alone', async () => {
  const file = path.join(await temporaryFolder(), 'dopq.sock');
  writeFileSync(file, 'somebody needs this');
  await expect(clearSocketPath(file)).rejects.toThrow('is no socket');
});

test('a path that no socket can have is refused with the way out', async () => {
  await expect(clearSocketPath(`/tmp/${'x'.repeat(120)}/dopq.sock`)).rejects.toThrow('[controller] socket');
});
