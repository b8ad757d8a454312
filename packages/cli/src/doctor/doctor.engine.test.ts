import { loadBaseImage, startEngine } from '@dopq/testbed';
import { expect, test } from 'vitest';
import { engineChecks } from './engine-checks.ts';
import { callEngine, probeEngine } from './engine-probe.ts';
import { containerGpuCheck } from './gpu-checks.ts';

test('a real engine tells what is checked, and a container that sees no GPU is found out and removed', async () => {
  await using engine = await startEngine();
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
  expect(JSON.parse(await caller.call('GET', '/containers/json?all=1'))).toEqual([]);
});
