// What only a real engine can show.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { fakeGpus, loadBaseImage, type PrivateEngine, startEngine, waitFor } from '@dopq/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../log.ts';
import { type BuildLog, build, type EngineUnderTest, runScript, savedImages, specOf } from '../conformance/fixtures.ts';
import type { ContainerSpec, Engine } from '../engine.ts';
import { connectDocker, type DockerEngineOptions } from './docker.ts';

const baseImage = 'busybox:latest';
const GPUS = fakeGpus(3).map(({ uuid }) => uuid);
const [firstGpu = '', secondGpu = ''] = GPUS;

let host: PrivateEngine;
let engine: Engine;

const connect = (options: Partial<DockerEngineOptions> = {}) =>
  connectDocker({
    endpoint: host.host,
    machineId: 'local',
    instance: 'test',
    gpuMode: 'device-requests',
    log: silentLogger,
    ...options,
  });

beforeAll(async () => {
  host = await startEngine({ gpus: fakeGpus(3) });
  await loadBaseImage(host);
  engine = connect();
});
afterAll(() => host[Symbol.asyncDispose]());
afterEach(async () => {
  // Those of an aborted build are being removed by the engine itself.
  await waitFor(async () => {
    const ids = (await host.docker('ps', '-aq')).split('\n').filter((id) => id !== '');
    if (ids.length > 0) await host.docker('rm', '-fv', ...ids);
    return true;
  });
});

const test = (changes: Partial<EngineUnderTest> = {}): EngineUnderTest => ({
  engine,
  baseImage,
  [Symbol.asyncDispose]: async () => undefined,
  ...changes,
});

/** What a script prints, run to its end. */
async function outputOf(script: string, changes: Partial<ContainerSpec> = {}, by: Engine = engine): Promise<string> {
  const container = await runScript(test({ engine: by }), script, changes);
  await container.wait();
  return await readText(await container.logs());
}

const inspect = async (id: string) => JSON.parse(await host.docker('inspect', id)) as [Record<string, any>];

describe('GPUs', () => {
  it('reach the container by their UUIDs', async () => {
    const output = await outputOf('echo $NVIDIA_VISIBLE_DEVICES; echo $NVIDIA_DRIVER_CAPABILITIES', {
      gpuUuids: [firstGpu, secondGpu],
      gpuCapabilities: ['compute', 'utility'],
      env: { NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_DRIVER_CAPABILITIES: 'all' },
    });
    expect(output).toBe(`${firstGpu},${secondGpu}\ncompute,utility\n`);
  });

  it('reach it also through the NVIDIA runtime', async () => {
    const output = await outputOf(
      'echo $NVIDIA_VISIBLE_DEVICES; echo $NVIDIA_DRIVER_CAPABILITIES',
      { gpuUuids: [secondGpu], gpuCapabilities: ['compute'] },
      connect({ gpuMode: 'runtime' }),
    );
    expect(output).toBe(`${secondGpu}\ncompute\n`);
  });

  it('stay hidden from a job that asked for none, whatever it or its image says', async () => {
    await build(engine, { Dockerfile: `FROM ${baseImage}\nENV NVIDIA_VISIBLE_DEVICES=all` }, { tag: 'greedy:1' });
    const container = await runScript(test({ baseImage: 'greedy:1' }), 'echo $NVIDIA_VISIBLE_DEVICES', {
      env: { NVIDIA_VISIBLE_DEVICES: 'all' },
    });
    await container.wait();
    expect(await container.recentLogs(1)).toBe('void\n');
  });

  it('that do not exist are a refusal in the words of the driver', async () => {
    const imageId = (await engine.findImage(baseImage)) ?? '';
    const container = await engine.createContainer(specOf(imageId, 'true', { gpuUuids: ['GPU-nowhere'] }));
    await expect(container.start()).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('GPU-nowhere'),
    });
    expect(await container.inspect()).toMatchObject({
      status: 'created',
      error: expect.stringContaining('GPU-nowhere'),
    });
  });

  it('in use by containers that are not ours are told, and only while those run', async () => {
    const run = (...args: string[]) => host.docker('run', '-d', '--network', 'none', ...args, baseImage, 'sleep', '60');
    await run('--name', 'by-uuid', '--gpus', `"device=${firstGpu}"`);
    await run('--name', 'by-count', '--gpus', '2');
    await run('--name', 'everything', '--gpus', 'all');
    await run('--name', 'by-runtime', '--runtime', 'nvidia', '-e', `NVIDIA_VISIBLE_DEVICES=0,${secondGpu}`);
    await run('--name', 'only-says-so', '-e', 'NVIDIA_VISIBLE_DEVICES=all');
    await run('--name', 'ended', '--gpus', 'all');
    await host.docker('kill', 'ended');
    await runScript(test(), 'sleep 60', { gpuUuids: [firstGpu] });
    await runScript(test(), 'sleep 60', { gpuUuids: [secondGpu], name: 'no-job' });
    const foreign = await engine.listForeignGpuUse((name) => name !== 'no-job');
    const used = Object.fromEntries(foreign.map(({ container, gpus }) => [container, gpus]));
    expect(used).toEqual({
      'by-uuid': [firstGpu],
      'by-count': ['0', '1'],
      everything: ['all'],
      'by-runtime': ['0', secondGpu],
      'no-job': [secondGpu],
    });
  });
});

describe('a container', () => {
  it('runs as the user it was given, without privileges', async () => {
    const output = await outputOf('id -u; id -g; id -G; grep -E "CapEff|NoNewPrivs" /proc/self/status', {
      user: '1234:2345',
      groups: ['3456'],
    });
    expect(output).toMatch(/^1234\n2345\n2345 3456\nCapEff:\s+0+\nNoNewPrivs:\s+1\n$/);
  });

  it('gives a command inside the same user, also where the job is root', async () => {
    const container = await runScript(test(), 'sleep 60', { user: '1234:2345' });
    expect((await container.exec(['id', '-u'])).stdout).toBe('1234\n');
    expect((await container.exec(['grep', 'CapEff', '/proc/self/status'])).stdout).toMatch(/CapEff:\s+0+\n/);
  });

  it('is made with every limit of its specification and nothing else', async () => {
    const imageId = (await engine.findImage(baseImage)) ?? '';
    const container = await engine.createContainer(
      specOf(imageId, 'true', {
        cpus: 1.5,
        cpuShares: 512,
        cpusetCpus: '0',
        readOnlyRoot: true,
        tmpfs: { '/scratch': 'size=1m' },
        ulimits: [{ name: 'nofile', soft: 100, hard: 200 }],
        stopSignal: 'INT',
        hostname: 'box',
        workingDir: '/tmp',
      }),
    );
    const [{ HostConfig, Config }] = await inspect(container.id);
    expect(HostConfig).toMatchObject({
      Memory: 64 * 1024 * 1024,
      MemorySwap: 64 * 1024 * 1024,
      ShmSize: 8 * 1024 * 1024,
      PidsLimit: 64,
      NanoCpus: 1.5e9,
      CpuShares: 512,
      CpusetCpus: '0',
      ReadonlyRootfs: true,
      Privileged: false,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      OomScoreAdj: 500,
      Init: true,
      AutoRemove: false,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '50m', 'max-file': '3' } },
      Tmpfs: { '/scratch': 'size=1m' },
      Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 200 }],
    });
    expect(Config).toMatchObject({
      StopSignal: 'INT',
      Hostname: 'box',
      WorkingDir: '/tmp',
      Tty: false,
      OpenStdin: false,
    });
  });

  it('that needs more memory than it has is told apart from one that fails', async () => {
    const container = await runScript(test(), 'head -c 200m /dev/zero | tail -c 150m | wc -c', {
      command: ['tail', '-c', '150m', '/dev/zero'],
      memoryBytes: 16 * 1024 * 1024,
    });
    expect(await container.wait()).toBe(137);
    expect(await container.inspect()).toMatchObject({ status: 'exited', oomKilled: true, exitCode: 137 });
  });

  it('whose command is not there ends with 127 and the name of it', async () => {
    const container = await runScript(test(), '', { command: ['no-such-command'] });
    expect(await container.wait()).toBe(127);
    expect(await container.recentLogs(5)).toContain('no-such-command');
  });

  it('whose command is not there and that has no init never starts, and says why', async () => {
    const imageId = (await engine.findImage(baseImage)) ?? '';
    const container = await engine.createContainer(specOf(imageId, '', { command: ['no-such-command'], init: false }));
    const words = expect.stringContaining('no-such-command');
    await expect(container.start()).rejects.toMatchObject({ code: 'refused', message: words });
    const observed = await container.inspect();
    expect(observed).toMatchObject({ status: 'created', exitCode: 127, error: words });
    expect(observed.startedAt).toBeUndefined();
  });

  it('is not made over a folder that is missing on the host', async () => {
    const imageId = (await engine.findImage(baseImage)) ?? '';
    const mounts = [{ source: '/no/such/folder', target: '/data', readOnly: true }];
    await expect(engine.createContainer(specOf(imageId, 'true', { mounts }))).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('/no/such/folder'),
    });
  });

  it('reads what is mounted into it and cannot write where it may only read', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'dopq-mount-'));
    chmodSync(folder, 0o777);
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(path.join(folder, 'input.txt'), 'data');
    const mounts = [{ source: folder, target: '/data', readOnly: true }];
    expect(await outputOf('cat /data/input.txt; touch /data/x 2>&1', { mounts })).toMatch(
      /^data.*Read-only file system/s,
    );
  });

  it('with a terminal has readable logs as well', async () => {
    expect(await outputOf('echo one; echo two >&2', { tty: true })).toBe('one\r\ntwo\r\n');
  });

  it.each([false, true])('keeps a line of many pieces one line with one time, with a terminal: %s', async (tty) => {
    const script = "echo first; head -c 50000 /dev/zero | tr '\\0' x; echo; echo last";
    const container = await runScript(test(), script, { tty });
    await container.wait();
    const lines = (await readText(await container.logs({ timestamps: true }))).replaceAll('\r', '').split('\n');
    expect(lines.map((line) => line.replace(/^\d{4}-\S+Z /, ''))).toEqual(['first', 'x'.repeat(50_000), 'last', '']);
  });

  it('may print more than fits into a frame, and the end is found quickly', async () => {
    const container = await runScript(test(), 'head -c 3000000 /dev/zero | tr "\\0" x; echo; echo end');
    await container.wait();
    const output = await readText(await container.logs());
    expect(output.length).toBe(3_000_000 + '\nend\n'.length);
    expect(await container.recentLogs(1)).toBe('end\n');
  });

  it('answers questions about a command whose output is too long', async () => {
    const container = await runScript(test(), 'sleep 60');
    await expect(container.exec(['head', '-c', '9000000', '/dev/zero'])).rejects.toMatchObject({ code: 'refused' });
  });

  it('of another instance is neither listed nor taken over', async () => {
    const imageId = (await engine.findImage(baseImage)) ?? '';
    const spec = specOf(imageId, 'sleep 60');
    await connect({ instance: 'other' }).createContainer(spec);
    expect(await engine.listContainers()).toEqual([]);
    await expect(engine.createContainer(spec)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('a network', () => {
  it('keeps its containers apart', async () => {
    await engine.ensureNetwork('dopq');
    const [network] = JSON.parse(await host.docker('network', 'inspect', 'dopq')) as [{ Options: object }];
    expect(network.Options).toEqual({ 'com.docker.network.bridge.enable_icc': 'false' });
  });

  it('is one, also if two servers made it in the same moment', async () => {
    await Promise.all(Array.from({ length: 4 }, () => connect().ensureNetwork('race')));
    await engine.ensureNetwork('race');
    const names = (await host.docker('network', 'ls', '--format', '{{.Name}}')).split('\n');
    expect(names.filter((name) => name === 'race')).toEqual(['race']);
  });

  it('that lets containers talk to each other is not used', async () => {
    await host.docker('network', 'create', 'open');
    await expect(engine.ensureNetwork('open')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('docker network rm open'),
    });
  });
});

describe.each(['classic', 'buildkit'] as const)('a build by the %s builder', (builder) => {
  it('puts its labels on the image, but not the one that makes a container ours: containers inherit it', async () => {
    const { result } = await build(connect({ builder }), { Dockerfile: `FROM ${baseImage}\nRUN true` });
    const [{ Config }] = await inspect((result.ok && result.imageId) || '');
    expect(Config['Labels']).toMatchObject({ 'dopq.job': '1' });
    expect(Config['Labels']).not.toHaveProperty('dopq.instance');
  });

  it('leaves no container behind, neither failed nor aborted', async () => {
    const own = connect({ builder });
    await build(own, { Dockerfile: `FROM ${baseImage}\nRUN exit 1` });
    const giveUp = new AbortController();
    const log: BuildLog = { text: '', steps: [] };
    const building = build(
      own,
      { Dockerfile: `FROM ${baseImage}\nRUN echo begun; sleep 987` },
      { signal: giveUp.signal, log },
    );
    await waitFor(() => log.text.includes('begun\n'));
    giveUp.abort(new Error('enough'));
    await expect(building).rejects.toThrow('enough');
    await waitFor(async () => (await host.docker('ps', '-aq')) === '');
  });

  it('prints what is not English, line by line, whole', async () => {
    const { log } = await build(connect({ builder }), {
      Dockerfile: `FROM ${baseImage}\nRUN echo größer; echo 測試; printf end`,
    });
    expect(log.text).toContain('größer\n測試\nend');
  });

  it('may print for ever and be ended by whoever counts', async () => {
    const giveUp = new AbortController();
    const log: BuildLog = { text: '', steps: [] };
    const building = build(
      connect({ builder }),
      { Dockerfile: `FROM ${baseImage}\nRUN yes` },
      { signal: giveUp.signal, log },
    );
    await waitFor(() => log.text.length > 100_000);
    giveUp.abort(new Error('too much'));
    await expect(building).rejects.toThrow('too much');
  });
});

it('the classic builder keeps the memory limit of a build', async () => {
  const files = { Dockerfile: `FROM ${baseImage}\nRUN tail -c 150m /dev/zero` };
  const { result } = await build(connect({ builder: 'classic' }), files, { memoryBytes: 16 * 1024 * 1024 });
  expect(result).toEqual({ ok: false, error: expect.stringContaining('non-zero code: 137') });
});

it('a name that an image is loaded over keeps its image', async () => {
  const before = await engine.findImage(baseImage);
  const tar = await savedImages([{ name: baseImage, command: ['true'] }]);
  const result = await engine.load(tar, { tag: 'dopq/loaded:2', onOutput: () => undefined });
  expect(result.ok && result.imageId).not.toBe(before);
  expect(await engine.findImage(baseImage)).toBe(before);
});
