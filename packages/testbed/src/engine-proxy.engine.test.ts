import { once } from 'node:events';
import { request } from 'node:http';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { loadBaseImage } from './base-image.ts';
import { callEngine } from './engine-http.ts';
import { type EngineProxy, startEngineProxy } from './engine-proxy.ts';
import { type PrivateEngine, startEngine } from './engine.ts';
import { waitFor } from './wait-for.ts';

let engine: PrivateEngine;
let proxy: EngineProxy;

beforeAll(async () => {
  engine = await startEngine();
  await loadBaseImage(engine);
});
afterAll(() => engine[Symbol.asyncDispose]());
beforeEach(async () => {
  proxy = await startEngineProxy({ upstream: engine.socket });
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  const left = await engine.docker('ps', '-aq');
  if (left) await engine.docker('rm', '-f', ...left.split('\n'));
});

const call = (method: string, path: string, timeoutMs?: number) =>
  callEngine(proxy.socket, method, path, timeoutMs === undefined ? {} : { timeoutMs });

it('lets a client work as without it, streams and upgraded connections included', async () => {
  const docker = (args: string[], input = '') => execa('docker', ['-H', proxy.host, ...args], { input });
  const ran = await docker(['run', '--rm', '-i', 'busybox', 'sh', '-c', 'tr a-z A-Z; echo done >&2'], 'through');
  expect([ran.stdout, ran.stderr]).toEqual(['THROUGH', 'done']);
  const built = await docker(['build', '-q', '-'], 'FROM busybox:latest\nRUN echo built > /file\n');
  expect((await docker(['run', '--rm', built.stdout, 'cat', '/file'])).stdout).toBe('built');
  expect(proxy.requests).toContain('POST /containers/create');
  await docker(['run', '-d', '--name', 'open', 'busybox', 'sleep', '600']);
  expect((await docker(['exec', '-i', 'open', 'cat'], 'inside')).stdout).toBe('inside');
});

it('answers with an error as often as told, and then no more', async () => {
  const rule = proxy.fault(/^GET \/info$/, { kind: 'error', status: 500, message: 'no luck' }, 1);
  expect(await call('GET', '/v1.41/info?x=1')).toEqual({ status: 500, body: '{"message":"no luck"}' });
  expect(await call('GET', '/v1.41/info')).toMatchObject({ status: 200 });
  expect(rule.hits).toBe(1);
});

it('leaves other routes alone', async () => {
  proxy.fault(/^GET \/info$/, { kind: 'refuse' });
  expect(await call('GET', '/v1.41/version')).toMatchObject({ status: 200 });
  await expect(call('GET', '/v1.41/info')).rejects.toThrow('socket hang up');
});

it('holds a request back until the test lets it go', async () => {
  const gate = Promise.withResolvers<void>();
  proxy.fault(/^GET \/info$/, { kind: 'delay', until: gate.promise });
  let done = false;
  const reply = call('GET', '/info').finally(() => {
    done = true;
  });
  await waitFor(() => proxy.requests.includes('GET /info'));
  expect(await call('GET', '/version')).toMatchObject({ status: 200 });
  expect(done).toBe(false);
  gate.resolve();
  expect(await reply).toMatchObject({ status: 200 });
});

it('cuts a reply off in its middle', async () => {
  proxy.fault(/^GET \/info$/, { kind: 'truncate', afterBytes: 10 });
  const sent = request({ socketPath: proxy.socket, path: '/info' }).end();
  const [response] = await once(sent, 'response');
  let received = '';
  const lost = once(response, 'error');
  response.on('data', (chunk: Buffer) => {
    received += chunk.toString();
  });
  await lost;
  expect(received).toHaveLength(10);
});

it('never answers a half-open request, and the engine does not get it', async () => {
  proxy.fault(/^POST \/containers\/.*\/start$/, { kind: 'half_open' });
  await engine.docker('create', '--name', 'still', 'busybox', 'true');
  await expect(call('POST', '/containers/still/start', 300)).rejects.toThrow('abort');
  expect(await engine.docker('inspect', '-f', '{{.State.Status}}', 'still')).toBe('created');
});

it('has a request carried out and drops the reply', async () => {
  proxy.fault(/^POST \/containers\/.*\/start$/, { kind: 'drop_reply' });
  await engine.docker('create', '--name', 'started', 'busybox', 'sleep', '1000');
  await expect(call('POST', '/containers/started/start')).rejects.toThrow('socket hang up');
  expect(await engine.docker('inspect', '-f', '{{.State.Running}}', 'started')).toBe('true');
});

it('cuts open streams and takes new connections', async () => {
  const sent = request({ socketPath: proxy.socket, path: '/events' }).end();
  const [response] = await once(sent, 'response');
  proxy.cut();
  const [error] = await once(response, 'error');
  expect(error).toMatchObject({ code: 'ECONNRESET' });
  expect(await call('GET', '/_ping')).toMatchObject({ status: 200 });
});

it('loses its connections with the engine, as a client at the engine itself does', async () => {
  await engine.kill();
  await expect(call('GET', '/_ping')).rejects.toThrow('socket hang up');
  await engine.restart();
  expect(await call('GET', '/_ping')).toMatchObject({ status: 200 });
});
