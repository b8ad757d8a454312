// Calls that are carried out although nobody hears of it, and one container that hangs while the engine does not.
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { loadBaseImage, type PrivateEngine, startEngine } from '@dopq/testbed';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { silentLogger } from '../../log.ts';
import { specOf } from '../conformance/fixtures.ts';
import type { Engine } from '../engine.ts';
import { connectDocker } from './docker.ts';

type Fate = 'pass' | 'drop' | 'hang';

let host: PrivateEngine;
let proxy: Server;
let engine: Engine;
/** Asked when the engine has answered. */
let fateOf: (call: string) => Fate | Promise<Fate> = () => 'pass';

/** Between DoPQ and the engine: carries every call out and keeps some answers to itself. */
function forward(incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, url, headers } = incoming;
  const outgoing = request({ socketPath: host.socket, method, path: url, headers });
  outgoing.on('error', () => answer.destroy());
  outgoing.on('response', (response) => void passOn(response, answer, `${method} ${url}`));
  incoming.pipe(outgoing);
}

async function passOn(response: IncomingMessage, answer: ServerResponse, call: string): Promise<void> {
  const fate = await fateOf(call);
  if (fate === 'hang') response.resume();
  else if (fate === 'drop') response.resume().on('end', () => answer.destroy());
  else response.pipe(answer.writeHead(response.statusCode ?? 500, response.headers));
}

beforeAll(async () => {
  host = await startEngine();
  await loadBaseImage(host);
  const socket = path.join(host.dir, 'proxy.sock');
  proxy = createServer(forward).listen(socket);
  engine = connectDocker({
    endpoint: socket,
    machineId: 'local',
    instance: 'test',
    gpuMode: 'device-requests',
    timeouts: { shortMs: 2000, longMs: 5000 },
    log: silentLogger,
  });
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await host[Symbol.asyncDispose]();
});
afterEach(async () => {
  fateOf = () => 'pass';
  for (const { id } of await engine.listContainers()) await engine.container(id).remove({ force: true });
});

const image = async () => (await engine.findImage('busybox:latest')) ?? '';

it('a container whose making was not heard of is found by the next try, and there is one', async () => {
  const spec = specOf(await image(), 'sleep 60');
  fateOf = (call) => (call.includes('/containers/create') ? 'drop' : 'pass');
  await expect(engine.createContainer(spec)).rejects.toMatchObject({ code: 'unreachable' });
  fateOf = () => 'pass';
  const container = await engine.createContainer(spec);
  expect(await engine.listContainers()).toEqual([await container.inspect()]);
});

it('a start whose answer was lost is not repeated', async () => {
  const container = await engine.createContainer(specOf(await image(), 'sleep 60'));
  fateOf = (call) => (call.includes('/start') ? 'drop' : 'pass');
  await expect(container.start()).rejects.toMatchObject({ code: 'unreachable' });
  const { startedAt, status } = await container.inspect();
  expect(status).toBe('running');
  await container.start();
  expect((await container.inspect()).startedAt).toBe(startedAt);
});

it('a command inside whose start was not heard of is not started again, and that is said', async () => {
  const container = await engine.createContainer(specOf(await image(), 'sleep 60'));
  await container.start();
  const command = ['sh', '-c', 'echo ran >> /tmp/runs'];
  fateOf = (call) => (/\/exec\/\w+\/start/.test(call) ? 'drop' : 'pass');
  await expect(container.exec(command)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('was started, and then'),
  });
  fateOf = () => 'pass';
  expect((await container.exec(['cat', '/tmp/runs'])).stdout).toBe('ran\n');
});

it('a command inside goes through an engine with bad moments, and runs once', async () => {
  const container = await engine.createContainer(specOf(await image(), 'sleep 60'));
  await container.start();
  const troubled = new Set<string>();
  // The first answer of each kind is lost, but for that of the start.
  fateOf = (call) => {
    const kind = /\/exec(\/\w+\/json)?$/.exec(call)?.[0].replace(/\w{64}/, 'ID');
    if (kind === undefined || troubled.has(kind)) return 'pass';
    troubled.add(kind);
    return 'drop';
  };
  const command = ['sh', '-c', 'echo ran >> /tmp/runs; cat /tmp/runs; exit 3'];
  expect(await container.exec(command)).toEqual({ exitCode: 3, stdout: 'ran\n', stderr: '' });
  expect(troubled).toEqual(new Set(['/exec', '/exec/ID/json']));
});

it('one container that cannot be looked at does not hide the others', async () => {
  const sick = await engine.createContainer(specOf(await image(), 'true'));
  const sound = await engine.createContainer(specOf(await image(), 'true'));
  fateOf = (call) => (call.includes(`${sick.id}/json`) ? 'hang' : 'pass');
  const listed = await engine.listContainers();
  expect(listed.find(({ id }) => id === sound.id)).toEqual(await sound.inspect());
  expect(listed.find(({ id }) => id === sick.id)).toMatchObject({
    status: 'created',
    unreadable: expect.stringContaining('did not answer within 2 s'),
  });
});

it('if none can be looked at, it is the engine that hangs', async () => {
  await engine.createContainer(specOf(await image(), 'true'));
  fateOf = (call) => (/\/containers\/\w{64}\/json/.test(call) ? 'hang' : 'pass');
  await expect(engine.listContainers()).rejects.toMatchObject({ code: 'timeout' });
});

it('a container that goes away between list and look is left out', async () => {
  const gone = await engine.createContainer(specOf(await image(), 'true'));
  const stays = await engine.createContainer(specOf(await image(), 'true'));
  fateOf = async (call): Promise<Fate> => {
    if (call.includes('/containers/json')) await host.docker('rm', gone.id);
    return 'pass';
  };
  expect(await engine.listContainers()).toEqual([await stays.inspect()]);
});
