// From samples to the answer: the real sampler measures, the real store keeps, and the answer plays the recorded hours again.
import type { Snapshot } from '@dopq/scheduler';
import { expect, onTestFinished, test } from 'vitest';
import type { GpuReading } from '../hardware/hardware.ts';
import { silentLogger } from '../log.ts';
import { startSampler } from '../measure/sampler.ts';
import type { AttemptRecord } from '../store/attempts.ts';
import type { JobPatch, JobRecord } from '../store/jobs.ts';
import { openStore } from '../store/store.ts';
import type { ControllerDeps } from './deps.ts';
import { efficiencyOf } from './efficiency.ts';

const START = Date.UTC(2031, 4, 4, 12);
const HOUR = 3_600_000;
const GB = 2 ** 30;

function lab() {
  const clock = { at: START, now: () => clock.at };
  const store = openStore(':memory:', clock);
  const reading = { name: 'A100', index: 0, memoryBytes: 80 * GB, processes: [] };
  const use = { memoryBytes: 0, cpuPercent: 0, gpus: [] as GpuReading[] };
  const hardware: Pick<ControllerDeps['hardware'], 'gpus' | 'host'> = {
    gpus: () => ({ state: 'ok', at: clock.at, since: START, gpus: use.gpus }),
    host: () => ({ cpus: 64, cpuPercent: 1, memoryBytes: 512 * GB, memoryUsedBytes: GB }),
  };
  const none = { pids: 1, networkRxBytes: 0, networkTxBytes: 0, blockReadBytes: 0, blockWriteBytes: 0 };
  const stats = async () => ({ ...none, ...use, at: clock.at, memoryLimitBytes: 64 * GB });
  const sampler = startSampler({
    store,
    clock,
    log: silentLogger,
    config: { queue: { gpuSampleMaxAgeMs: 60_000, maxGpuAssignment: 1 } as never },
    engine: { machineId: 'm', container: () => ({ stats }) as never },
    hardware,
  });
  onTestFinished(async () => {
    await sampler[Symbol.asyncDispose]();
    store[Symbol.dispose]();
  });
  const gpus = ['a', 'b'].map((uuid) => ({ uuid, model: 'A100', memoryBytes: 80 * GB, slots: 1, usable: true }));
  const machines = [{ id: 'm', gpus, memoryBytes: 512 * GB, cpus: 64 }];
  const snapshot: Snapshot = { machines, queued: [], running: [], history: [] };
  const outlook = { snapshot, policy: { kind: 'fifo' as const }, now: START };
  const deps = { store, hardware, queue: { outlook: () => outlook } } as unknown as ControllerDeps;

  /** What one sample finds. */
  const measured = (memoryBytes: number, cpuPercent: number, gpuPercent: number, gpuMemoryUsedBytes: number) => {
    const one = (uuid: string): GpuReading => ({
      ...reading,
      uuid,
      utilizationPercent: gpuPercent,
      memoryUsedBytes: gpuMemoryUsedBytes,
    });
    Object.assign(use, { memoryBytes, cpuPercent, gpus: [one('a'), one('b')] });
    return sampler.measure();
  };
  return { clock, store, deps, measured };
}

const event = { actor: 'test', kind: 'test', message: '' };

function submit({ store, clock }: ReturnType<typeof lab>, user: string, ask: JobPatch): JobRecord {
  const file = { source: 'share', inbox: `/share/${user}`, file: 'a.zip', zipPlace: 'accepted' } as const;
  const { id } = store.jobs.create({ user, name: user, state: 'receiving', unverified: false, ...file }, event);
  const usual = { numSlots: 1, memoryBytes: 64 * GB, cpus: 8 };
  const job = store.jobs.change(id, ['receiving'], { state: 'queued', queuedAt: clock.at, ...usual, ...ask }, event);
  if (!job) throw new Error('not queued');
  return job;
}

function start({ store, clock }: ReturnType<typeof lab>, job: JobRecord, gpuUuids: string[]): AttemptRecord {
  const placement = { machineId: 'm', gpuUuids, gpuModels: gpuUuids.map(() => 'A100'), slotsPerGpu: 1 };
  const attempt = store.attempts.begin(job, placement, () => ({ container: `dopq-${job.id}-1`, log: '/log' }));
  if (!attempt) throw new Error('not started');
  store.attempts.markRunning(attempt, `c${job.id}`, clock.at);
  return attempt;
}

function end({ store, clock }: ReturnType<typeof lab>, attempt: AttemptRecord): void {
  store.attempts.finish(attempt, { outcome: 'succeeded', reason: null, exitCode: 0, endedAt: clock.at });
}

test('what was measured while a job ran is held against what it asked for, and each gain is what its replay gives', async () => {
  const world = lab();
  const { clock, store, deps, measured } = world;
  const bob = start(world, submit(world, 'bob', { numGpus: 1, timeLimitMs: 3 * HOUR }), ['a']);
  clock.at = START + 1000;
  const both = submit(world, 'eve', { numGpus: 2, timeLimitMs: 2 * HOUR });
  clock.at = START + 2000;
  // One GPU is free for three hours, but it asked for a whole day.
  const mine = submit(world, 'ada', { numGpus: 1, timeLimitMs: 24 * HOUR });
  clock.at = START + 3 * HOUR;
  end(world, bob);
  const eve = start(world, both, ['a', 'b']);
  clock.at = START + 5 * HOUR;
  end(world, eve);
  const attempt = start(world, mine, ['a']);
  for (const [memoryBytes, cpuPercent] of [
    [2 * GB, 50],
    [4 * GB, 150],
    [1 * GB, 100],
  ] as const) {
    await measured(memoryBytes, cpuPercent, 0, 10 * GB);
    clock.at += HOUR / 3;
  }
  end(world, attempt);

  const earlier = (5 * HOUR - 2000) / 1000;
  expect(efficiencyOf(deps, store.jobs.get(mine.id))).toEqual({
    ran_seconds: 3600,
    time_limit_seconds: 24 * 3600,
    memory: { asked_bytes: 64 * GB, used_bytes: 4 * GB },
    cpus: { asked: 8, used: 1 },
    gpus: { asked: 1, utilization: 0, idle: 1, memory_asked_bytes: 80 * GB, memory_used_bytes: 10 * GB },
    gains: [
      { text: 'with a time limit of 1 h 15 min', earlier_seconds: earlier },
      { text: 'with 5 GiB of memory', earlier_seconds: 0 },
      { text: 'with 2 CPUs', earlier_seconds: 0 },
      { text: 'without GPUs', earlier_seconds: earlier },
    ],
  });
});

test('a job that used what it asked for has nothing to gain, and one that nobody measured is only told about its time', async () => {
  const world = lab();
  const { clock, store, deps, measured } = world;
  const busy = submit(world, 'ada', { numGpus: 1, timeLimitMs: 1.2 * HOUR });
  const unseen = submit(world, 'bob', { numGpus: 1, timeLimitMs: 24 * HOUR });
  const first = start(world, busy, ['a']);
  await measured(60 * GB, 780, 95, 70 * GB);
  clock.at += HOUR;
  end(world, first);
  const second = start(world, unseen, ['b']);
  clock.at += HOUR;
  end(world, second);
  const used = efficiencyOf(deps, store.jobs.get(busy.id));
  expect(used).toMatchObject({ gpus: { utilization: 0.95, idle: 0, memory_used_bytes: 70 * GB }, gains: [] });
  const told = efficiencyOf(deps, store.jobs.get(unseen.id));
  expect(told).toMatchObject({ memory: { used_bytes: null }, cpus: { used: null }, gpus: { utilization: null } });
  expect(told?.gains.map(({ text }) => text)).toEqual(['with a time limit of 1 h 15 min']);
  const waits = submit(world, 'eve', { numGpus: 1 });
  expect(efficiencyOf(deps, waits)).toBeNull();
});
