import { expect, it } from 'vitest';
import { simulatedGpuUuid, startSimulatedHardware } from './simulated.ts';

const first = simulatedGpuUuid(0);

function simulation(options: { count?: number; seed?: number } = {}) {
  let now = 1_000_000;
  let busy = new Set<string>();
  const hardware = startSimulatedHardware({ clock: { now: () => now }, busyGpus: () => busy, ...options });
  return {
    hardware,
    pass: (ms: number) => void (now += ms),
    occupy: (...uuids: string[]) => void (busy = new Set(uuids)),
  };
}

it('shows work on the GPUs that are busy and none on the others', () => {
  const { hardware, occupy } = simulation({ count: 2 });
  occupy(first);
  const [working, idle] = hardware.gpus().gpus;
  expect(working?.utilizationPercent).toBeGreaterThanOrEqual(85);
  expect(working?.memoryUsedBytes).toBeGreaterThan(1024 ** 3);
  expect(working?.memoryUsedBytes).toBeLessThan(working?.memoryBytes ?? 0);
  expect(idle).toMatchObject({ utilizationPercent: 0, memoryUsedBytes: 0, temperatureCelsius: 32 });
});

it('warms up with work and cools down after it', () => {
  const { hardware, occupy, pass } = simulation();
  const celsius = () => hardware.gpus().gpus[0]?.temperatureCelsius ?? 0;
  occupy(first);
  const cold = celsius();
  pass(30_000);
  const warm = celsius();
  pass(600_000);
  expect([cold, warm, celsius()]).toEqual([32, 59, 74]);
  occupy();
  pass(600_000);
  expect(celsius()).toBe(32);
});

it('is the same for the same seed and differs with another', () => {
  const readings = (seed: number) => {
    const { hardware, occupy, pass } = simulation({ seed });
    occupy(simulatedGpuUuid(0, seed));
    return [0, 1000, 1000].map((ms) => {
      pass(ms);
      return hardware.gpus();
    });
  };
  expect(readings(7)).toEqual(readings(7));
  expect(readings(7)).not.toEqual(readings(8));
});

it('has UUIDs in the format of NVIDIA, each one once', () => {
  const { hardware } = simulation({ count: 64 });
  const uuids = hardware.gpus().gpus.map(({ uuid }) => uuid);
  expect(new Set(uuids).size).toBe(64);
  for (const uuid of uuids) expect(uuid).toMatch(/^GPU-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
});

it('can be a machine without GPUs', () => {
  expect(simulation({ count: 0 }).hardware.gpus()).toMatchObject({ state: 'absent', gpus: [] });
});
