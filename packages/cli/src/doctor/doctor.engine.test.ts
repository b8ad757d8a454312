import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type FakeGpu, fakeGpus, loadBaseImage, startEngine } from '@dopq/testbed';
import { expect, onTestFinished, test } from 'vitest';
import { engineChecks } from './engine-checks.ts';
import { callEngine, probeEngine } from './engine-probe.ts';
import { containerGpuCheck } from './gpu-checks.ts';

test('a real engine tells what is checked; a container that sees its GPUs passes, one that sees none is found out, and both are removed', async () => {
  const [{ uuid }] = fakeGpus(1) as [FakeGpu];
  await using engine = await startEngine({ gpus: fakeGpus(1) });
  await loadBaseImage(engine);
  await using caller = callEngine(engine.host);
  const facts = await probeEngine(caller);
  const states = engineChecks(facts, Date.now()).map(({ name, state }) => [name, state]);
  expect(states).toContainEqual(['engine', 'ok']);
  expect(states).toContainEqual(['engine clock', 'ok']);
  expect(facts.runc).toMatch(/^\d+\.\d+/);
  expect(facts.dataRoot).toMatch(/^\//);

  const gpus = [{ index: 0, name: 'A100', uuid: 'GPU-1' }];
  expect(await containerGpuCheck(caller, [], undefined)).toMatchObject({ state: 'skip' });
  const check = await containerGpuCheck(caller, gpus, 'busybox');
  expect(check.state).not.toBe('ok');
  expect(check.fix).toBeTruthy();

  // What the driver would put into a container: it shows what the engine's hook has let in.
  const folder = mkdtempSync(path.join(tmpdir(), 'dopq-smi-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const smi = `#!/bin/sh\n[ "$NVIDIA_VISIBLE_DEVICES" = all ] && echo "GPU 0: A100 (UUID: ${uuid})"\n`;
  writeFileSync(path.join(folder, 'nvidia-smi'), smi, { mode: 0o755 });
  writeFileSync(path.join(folder, 'Dockerfile'), 'FROM busybox\nCOPY nvidia-smi /bin/nvidia-smi\n');
  await engine.docker('build', '-t', 'with-driver', folder);
  expect(await containerGpuCheck(caller, [{ index: 0, name: 'A100', uuid }], 'with-driver')).toEqual({
    name: 'GPU in a container',
    state: 'ok',
    found: 'with-driver sees all 1',
    fix: null,
  });
  const other = await containerGpuCheck(caller, [{ index: 0, name: 'A100', uuid: 'GPU-other' }], 'with-driver');
  expect(other).toMatchObject({ state: 'fail', found: expect.stringContaining('does not see GPU 0') });
  expect(JSON.parse(await caller.call('GET', '/containers/json?all=1'))).toEqual([]);
});
