import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { findRefusal, createClient } from '@dopq/contract';
import { waitFor } from '@dopq/testbed';
import { expect, test } from 'vitest';
import { runController } from './running-controller.fixture.ts';

test('the page and the API answer on loopback, and strangers get no further than the door', async () => {
  await using running = await runController();
  const { address } = running.deps.tcp.status();
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const refusal = await createClient(address ?? '')
    .jobs.list({})
    .catch((error: unknown) => findRefusal(error));
  expect(refusal).toMatchObject({ code: 'SIGN_IN_NEEDED', fix: expect.stringContaining('Sign in') as string });
  const { id } = running.addJob();
  expect((await fetch(`${address}/jobs/${id}/log`)).status).toBe(401);
  expect((await fetch(`${address}/submissions?name=a.zip`, { method: 'PUT', body: 'x' })).status).toBe(401);
  expect((await running.client.status()).controller).toMatchObject({ state: 'running', address });
});

test('a port that another program has is reported with the fix, everything else works, and it is taken when it is free', {
  timeout: 90_000,
}, async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await using running = await runController({ port: String(port) });
  const { controller } = await running.client.status();
  expect(controller).toMatchObject({ state: 'unreachable', address: null });
  expect(controller.message).toContain('set [controller] port to another one');
  // As soon as it is free, by itself.
  other.close();
  const free = async () => (await running.client.status()).controller;
  await waitFor(async () => (await free()).state === 'running', { timeoutMs: 60_000 });
  expect(await free()).toMatchObject({ address: `http://127.0.0.1:${port}`, message: null });
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
});

test('port = none opens no TCP at all', async () => {
  await using running = await runController({ port: 'none' });
  expect((await running.client.status()).controller).toMatchObject({ state: 'off', address: null, message: null });
});
