// An engine that is away, hangs or comes back.
import { type PrivateEngine, loadBaseImage, startEngine, startEngineProxy, waitFor } from '@dopq/testbed';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../log.ts';
import { runScript, tarOf } from '../conformance/fixtures.ts';
import { type Engine, isOutage } from '../engine.ts';
import type { Timeouts } from './api.ts';
import { connectDocker } from './docker.ts';

let host: PrivateEngine;
let engine: Engine;

const connect = (timeouts: Partial<Timeouts> = {}, endpoint = host.host): Engine =>
  connectDocker({
    endpoint,
    machineId: 'local',
    instance: 'test',
    gpuMode: 'device-requests',
    timeouts,
    log: silentLogger,
  });

beforeEach(async () => {
  host = await startEngine({ liveRestore: true });
  await loadBaseImage(host);
  engine = connect();
});
afterEach(() => host[Symbol.asyncDispose]());

const run = (script: string) =>
  runScript({ engine, baseImage: 'busybox:latest', [Symbol.asyncDispose]: async () => undefined }, script);

describe('an engine that was killed', () => {
  it('is unreachable for every call, and answers again after its restart', async () => {
    const container = await run('sleep 60');
    await host.kill();
    for (const call of [
      () => engine.info(),
      () => engine.listContainers(),
      () => container.inspect(),
      () => container.logs(),
      () => engine.findImage('busybox'),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining(host.socket),
      });
    }
    await host.restart();
    expect(await engine.listContainers()).toMatchObject([{ id: container.id, status: 'running' }]);
  });

  it('ends what was being waited for with an outage, not with a result', async () => {
    const container = await run('echo here; sleep 60');
    const waiting = container.wait().catch((error: unknown) => error);
    const logs = await container.logs({ follow: true });
    const reading = logs.toArray().catch((error: unknown) => error);
    const exec = container.exec(['sleep', '60']).catch((error: unknown) => error);
    let built = '';
    const building = engine
      .build({
        context: tarOf({
          Dockerfile: 'FROM busybox:latest\nRUN sleep 60',
        }),
        dockerfile: 'Dockerfile',
        tag: 'dopq/cut:1',
        labels: {},
        networkMode: 'none',
        onOutput: (text) => (built += text),
      })
      .catch((error: unknown) => error);
    await waitFor(() => built.includes('RUN sleep 60'));
    await waitFor(async () => (await container.top()).processes.length >= 3);
    await host.kill();
    for (const outcome of await Promise.all([waiting, reading, exec, building])) expect(outcome).toSatisfy(isOutage);
  });
});

describe('an engine that hangs', () => {
  it('times out, and takes calls again when it goes on', async () => {
    const { id } = await run('sleep 60');
    await host.hang();
    try {
      // Short, so that it is found out soon; nothing else is done with these, on a busy machine they are too short.
      const hasty = connect({ shortMs: 500, longMs: 1000 });
      const container = hasty.container(id);
      for (const call of [
        () => hasty.info(),
        () => hasty.listContainers(),
        () => container.inspect(),
        () => container.stop(0),
        () => container.logs(),
      ]) {
        await expect(call()).rejects.toMatchObject({ code: 'timeout' });
      }
    } finally {
      host.resume();
    }
    await waitFor(async () => (await engine.listContainers()).length === 1);
  });
});

describe('the watch', () => {
  it('says when the connection is lost and when it is back, and hears events again', async () => {
    const hints: string[] = [];
    await using _watch = engine.watch((hint) => hints.push(hint));
    await waitFor(() => hints.at(-1) === 'connected');
    await host.kill();
    await waitFor(() => hints.includes('disconnected'));
    await host.restart();
    await waitFor(() => hints.at(-1) === 'connected');
    await (await run('exit 0')).wait();
    expect(await waitFor(() => hints.includes('die'))).toBe(true);
  });

  it('takes an engine that hangs for lost, although its connection stands', async () => {
    const hints: string[] = [];
    await using _watch = connect({ shortMs: 500, silenceMs: 300 }).watch((hint) => hints.push(hint));
    await waitFor(() => hints.at(-1) === 'connected');
    await host.hang();
    try {
      await waitFor(() => hints.includes('disconnected'));
    } finally {
      host.resume();
    }
    expect(await waitFor(() => hints.at(-1) === 'connected')).toBe(true);
  });

  it('is not taken for there because something in front of it answers', async () => {
    await using proxy = await startEngineProxy({ upstream: host.socket });
    const behind = connect({}, proxy.host);
    await behind.ping();
    proxy.fault(/^GET \/_ping$/, { kind: 'error', status: 503, message: 'no backend' });
    await expect(behind.ping()).rejects.toMatchObject({ code: 'failed' });
  });

  it('stays with an engine about which there is nothing to tell, however often it is asked whether it is there', async () => {
    await using proxy = await startEngineProxy({ upstream: host.socket });
    const hints: string[] = [];
    await using _watch = connect({ silenceMs: 50 }, proxy.host).watch((hint) => hints.push(hint));
    await waitFor(() => proxy.requests.filter((call) => call === 'GET /_ping').length >= 5);
    expect(hints).toEqual(['connected']);
  });

  it('keeps trying while no engine was ever there', async () => {
    await host.kill();
    const hints: string[] = [];
    await using _watch = engine.watch((hint) => hints.push(hint));
    await waitFor(() => hints.includes('disconnected'));
    expect(hints).not.toContain('connected');
    await host.restart();
    await waitFor(() => hints.includes('connected'));
  });
});

describe('the start of the engine', () => {
  it('lies after every end that a restart caused, and before those that came later', async () => {
    await using plain = await startEngine();
    await loadBaseImage(plain);
    const own = connect({}, plain.host);
    const subject = { engine: own, baseImage: 'busybox:latest', [Symbol.asyncDispose]: async () => undefined };
    for (const how of ['kill', 'stop'] as const) {
      const before = await own.info();
      const cut = await runScript(subject, "trap 'exit 0' TERM; echo ready; while true; do sleep 0.05; done");
      await waitFor(async () => (await cut.recentLogs(1)).includes('ready'));
      await plain[how]();
      await plain.restart();
      const after = await own.info();
      const { exitCode, finishedAt } = await cut.inspect();
      expect(exitCode).toBe(0);
      expect(after.engineStartedAt).toBeGreaterThan(before.engineStartedAt ?? Number.NaN);
      expect(after.engineStartedAt).toBeGreaterThan(finishedAt ?? Number.NaN);
      const later = await runScript(subject, 'exit 0');
      await later.wait();
      expect((await later.inspect()).finishedAt).toBeGreaterThan(after.engineStartedAt ?? Number.NaN);
    }
  });

  it('does not move when the engine leaves its containers alone', async () => {
    const container = await run('sleep 60');
    const before = await engine.info();
    await host.restart();
    expect((await engine.info()).engineStartedAt).toBe(before.engineStartedAt);
    expect((await container.inspect()).status).toBe('running');
  });
});
