// The simulated engine with time in the test's hand.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { specOf, tarOf } from '../conformance/fixtures.ts';
import type { Engine } from '../engine.ts';
import { createSimulatedEngine } from '../simulated.ts';
import type { Timers } from './timers.ts';

/** A clock that stands still until it is advanced, and timers that go off on the way. */
function manualTime(startedAt = Date.UTC(2030, 0, 1)) {
  let now = startedAt;
  const waiting = new Set<{ at: number; act: () => void }>();
  const timers: Timers = {
    after(ms, act) {
      const timer = { at: now + ms, act };
      waiting.add(timer);
      return { [Symbol.dispose]: () => void waiting.delete(timer) };
    },
  };
  const advance = (ms: number): void => {
    const end = now + ms;
    for (;;) {
      const due = [...waiting].filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
      if (!due) break;
      waiting.delete(due);
      now = Math.max(now, due.at);
      due.act();
    }
    now = end;
  };
  return { clock: { now: () => now }, timers, advance };
}

type Time = ReturnType<typeof manualTime>;

async function engineWith(
  time: Time,
  dockerfile: string,
  stateDir?: string,
): Promise<{ engine: Engine; image: string }> {
  const engine = createSimulatedEngine({ machineId: 'm', instance: 'i', ...time, ...(stateDir ? { stateDir } : {}) });
  return { engine, image: await buildWith(engine, time, dockerfile) };
}

async function buildWith(engine: Engine, time: Time, dockerfile: string): Promise<string> {
  const building = engine.build({
    context: tarOf({ Dockerfile: dockerfile }),
    dockerfile: 'Dockerfile',
    tag: 'job:1',
    labels: {},
    onOutput: () => undefined,
  });
  const moving = setInterval(() => time.advance(1000), 0);
  const result = await building.finally(() => clearInterval(moving));
  return result.ok ? result.imageId : '';
}

const { command: _, ...SPEC } = specOf('', '');

it('a program that is not simulated runs for 20 to 90 s, by its job, and prints progress', async () => {
  const time = manualTime();
  const { engine, image } = await engineWith(time, 'FROM python\nCMD ["python", "train.py"]');
  const seconds = [];
  for (const job of ['1', '2', '3', '4']) {
    const labels = { ...SPEC.labels, 'dopq.job': job };
    const container = await engine.createContainer({ ...SPEC, name: `job-${job}`, image, labels });
    await container.start();
    time.advance(100_000);
    const { exitCode, startedAt = 0, finishedAt = 0 } = await container.inspect();
    expect(exitCode).toBe(0);
    expect(await container.recentLogs(1)).toMatch(/^epoch (\d+)\/\1 {2}loss \d/);
    seconds.push((finishedAt - startedAt) / 1000);
  }
  for (const value of seconds) expect(value).toBeGreaterThanOrEqual(20);
  for (const value of seconds) expect(value).toBeLessThanOrEqual(90);
  expect(new Set(seconds).size).toBeGreaterThan(1);
});

it('DOPQ_SIM_* of the image or the job say what happens instead', async () => {
  const time = manualTime();
  const { engine, image } = await engineWith(
    time,
    'FROM x\nENV DOPQ_SIM_SECONDS=10 DOPQ_SIM_LOG="one\\ntwo"\nCMD python',
  );
  const container = await engine.createContainer({ ...SPEC, image, env: { DOPQ_SIM_EXIT: 'oom' } });
  await container.start();
  time.advance(9_999);
  expect(await container.recentLogs(9)).toBe('one\ntwo\n');
  expect((await container.inspect()).status).toBe('running');
  time.advance(1);
  expect(await container.inspect()).toMatchObject({ status: 'exited', exitCode: 137, oomKilled: true });
});

it('a pause moves the end, and the lines keep the times they were printed at', async () => {
  const time = manualTime();
  const { engine, image } = await engineWith(time, 'FROM x\nCMD sleep 10; echo after; sleep 10');
  const container = await engine.createContainer({ ...SPEC, image });
  await container.start();
  const { startedAt = 0 } = await container.inspect();
  time.advance(4_000);
  await container.pause();
  time.advance(60_000);
  expect((await container.inspect()).status).toBe('paused');
  await container.unpause();
  time.advance(6_000);
  expect(await container.recentLogs(1)).toBe('after\n');
  time.advance(10_000);
  expect((await container.inspect()).finishedAt).toBe(startedAt + 80_000);
});

it('after a restart containers have gone on, with the logs they would have', async () => {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'dopq-simulated-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true }));
  const time = manualTime();
  const { engine, image } = await engineWith(
    time,
    'FROM x\nCMD for i in 1 2 3; do echo $i; sleep 10; done; exit 6',
    stateDir,
  );
  const running = await engine.createContainer({ ...SPEC, image });
  await running.start();
  const killed = await engine.createContainer({ ...SPEC, name: 'killed', image });
  await killed.start();
  time.advance(12_000);
  await killed.kill();
  const before = await engine.listContainers();

  const again = createSimulatedEngine({ machineId: 'm', instance: 'i', ...time, stateDir });
  expect(await again.listContainers()).toEqual(expect.arrayContaining(before));
  expect(await again.container(killed.id).recentLogs(9)).toBe('1\n2\n');
  time.advance(18_000);
  expect(await again.container(running.id).inspect()).toMatchObject({ status: 'exited', exitCode: 6 });
  expect(await again.container(running.id).recentLogs(9)).toBe('1\n2\n3\n');
  expect(await again.container(killed.id).inspect()).toMatchObject({ exitCode: 137 });
  await again.container(running.id).remove();
  const third = createSimulatedEngine({ machineId: 'm', instance: 'i', ...time, stateDir });
  expect((await third.listContainers()).map(({ name }) => name)).toEqual(['killed']);
});

it('an image built in one process is there in the other', async () => {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'dopq-simulated-'));
  onTestFinished(() => rmSync(stateDir, { recursive: true }));
  const time = manualTime();
  const server = createSimulatedEngine({ machineId: 'm', instance: 'i', ...time, stateDir });
  expect(await server.listContainers()).toEqual([]);
  const { image } = await engineWith(time, 'FROM x\nCMD exit 3', stateDir);
  expect(await server.findImage('job:1')).toBe(image);
  const container = await server.createContainer({ ...SPEC, image });
  await container.start();
  expect(await container.wait()).toBe(3);
});
