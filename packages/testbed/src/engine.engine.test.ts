import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBaseImage } from './base-image.ts';
import { isAnswering } from './engine-http.ts';
import { type PrivateEngine, startEngine } from './engine.ts';
import { fakeGpus } from './gpu-doubles.ts';
import { cgroupParentOf, listEnginePids, reapEngines } from './leftovers.ts';
import { waitFor } from './wait-for.ts';

async function listHostNetwork(): Promise<string> {
  const links = await execa('ip', ['-o', 'link']);
  const routes = await execa('ip', ['route']);
  const rules = await execa('iptables-save', { env: { PATH: `${process.env['PATH']}:/usr/sbin` }, reject: false });
  // Counters move by themselves.
  return [links.stdout, routes.stdout, rules.stdout?.replaceAll(/\[\d+:\d+\]|^#.*$/gm, '')].join('\n');
}

/** What a gone engine must not have left anywhere. */
function listTraces(engine: { id: string; dir: string }): string[] {
  const hierarchies = readdirSync('/sys/fs/cgroup').map((name) =>
    join('/sys/fs/cgroup', name, cgroupParentOf(engine.id)),
  );
  return [
    ...listEnginePids(engine.id).map((pid) => `process ${pid}`),
    ...[engine.dir, join('/sys/fs/cgroup', cgroupParentOf(engine.id)), ...hierarchies].filter((path) =>
      existsSync(path),
    ),
    ...readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .filter((line) => line.includes(engine.id)),
  ];
}

describe('a private engine', () => {
  let engine: PrivateEngine;
  let hostNetworkBefore: string;

  beforeAll(async () => {
    hostNetworkBefore = await listHostNetwork();
    engine = await startEngine({ gpus: fakeGpus(2) });
    await loadBaseImage(engine);
  });
  afterAll(() => engine[Symbol.asyncDispose]());

  it('runs a container of the base image', async () => {
    expect(await engine.docker('run', '--rm', 'busybox', 'sh', '-c', 'echo hello | tr a-z A-Z')).toBe('HELLO');
  });

  it('connects containers of one bridge network by name', async () => {
    await engine.docker('network', 'create', 'dopq');
    await engine.docker('run', '-d', '--name', 'first', '--network', 'dopq', 'busybox', 'sleep', '1000');
    expect(await engine.docker('run', '--rm', '--network', 'dopq', 'busybox', 'ping', '-c', '1', 'first')).toContain(
      '1 packets received',
    );
    await engine.docker('rm', '-f', 'first');
  });

  it('leaves interfaces, routes and packet filter of the host alone', async () => {
    expect(await listHostNetwork()).toBe(hostNetworkBefore);
  });

  it('gives a container the GPUs it asks for by UUID', async () => {
    const [first, second] = fakeGpus(2);
    const env = await engine.docker(
      'run',
      '--rm',
      '--gpus',
      `"device=${first?.uuid},${second?.uuid}"`,
      'busybox',
      'env',
    );
    expect(env).toContain(`NVIDIA_VISIBLE_DEVICES=${first?.uuid},${second?.uuid}`);
  });

  it('refuses a GPU that does not exist', async () => {
    await expect(engine.docker('run', '--rm', '--gpus', 'device=GPU-other', 'busybox', 'true')).rejects.toThrow(
      'GPU-other: unknown device',
    );
  });

  it('has the NVIDIA runtime, which passes the environment through', async () => {
    const env = ['-e', 'NVIDIA_VISIBLE_DEVICES=GPU-x'];
    expect(await engine.docker('run', '--rm', '--runtime', 'nvidia', ...env, 'busybox', 'env')).toContain(env[1]);
  });

  it('answers nothing while it hangs and goes on afterwards', async () => {
    await engine.hang();
    expect(await isAnswering(engine.socket, 300)).toBe(false);
    engine.resume();
    await waitFor(() => isAnswering(engine.socket), { message: 'the resumed engine' });
  });

  it('keeps its containers over a stop and a restart', async () => {
    await engine.docker('run', '--name', 'kept', 'busybox', 'echo', 'still here');
    await engine.stop();
    expect(engine.pid).toBeUndefined();
    expect(await isAnswering(engine.socket)).toBe(false);
    await engine.restart();
    expect(await engine.docker('logs', 'kept')).toBe('still here');
  });
});

it('does not know GPUs where none were given', async () => {
  await using engine = await startEngine();
  await loadBaseImage(engine);
  await expect(engine.docker('run', '--rm', '--gpus', 'all', 'busybox', 'true')).rejects.toThrow(
    'could not select device driver',
  );
});

it('keeps containers running over a kill with live-restore, while another engine does not notice', async () => {
  await using engine = await startEngine({ liveRestore: true });
  await using other = await startEngine();
  await loadBaseImage(engine);
  await engine.docker('run', '-d', '--name', 'survivor', 'busybox', 'sleep', '1000');
  const startedAt = await engine.docker('inspect', '-f', '{{.State.StartedAt}}', 'survivor');
  await engine.kill();
  expect(engine.pid).toBeUndefined();
  expect(await other.docker('ps', '-aq')).toBe('');
  await engine.restart();
  expect(await engine.docker('inspect', '-f', '{{.State.StartedAt}} {{.State.Running}}', 'survivor')).toBe(
    `${startedAt} true`,
  );
});

it('leaves nothing behind, whatever state it was in', async () => {
  const engine = await startEngine();
  await loadBaseImage(engine);
  await engine.docker('run', '-d', '--name', 'a1', 'busybox', 'sleep', '1000');
  expect(listTraces(engine).length).toBeGreaterThan(3);
  await engine.hang();
  await engine[Symbol.asyncDispose]();
  expect(listTraces(engine)).toEqual([]);
});

it('reaps the engine of a killed test with its surviving containers', async () => {
  const script = `
    const { startEngine, loadBaseImage } = await import(${JSON.stringify(import.meta.resolve('./index.ts'))});
    const engine = await startEngine();
    await loadBaseImage(engine);
    await engine.docker('run', '-d', 'busybox', 'sleep', '1000');
    console.log(JSON.stringify({ id: engine.id, dir: engine.dir }));
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(owner.stdout, 'data');
  const engine = JSON.parse(String(line)) as { id: string; dir: string };
  // In use by a living process: not to be touched.
  expect(await reapEngines(join(engine.dir, '..'))).not.toContain(engine.id);
  expect(listTraces(engine)).not.toEqual([]);

  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await reapEngines(join(engine.dir, '..'));
  expect(listTraces(engine)).toEqual([]);
});
