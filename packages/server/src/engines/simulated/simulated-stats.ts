import type { ContainerStats } from '../engine.ts';
import type { LiveContainer } from './live-container.ts';
import { seedOf } from './program.ts';
import type { SimulatedWorld } from './world.ts';

/** Figures that move like those of a training run: memory fills up within a minute, CPU swings. */
export function simulatedStats(world: SimulatedWorld, container: LiveContainer): ContainerStats {
  const { spec, startedAt = 0 } = container.record;
  const now = world.clock.now();
  const seconds = (now - startedAt) / 1000;
  const seed = seedOf(spec.name);
  const share = 0.2 + (seed % 60) / 100;
  const cpus = spec.cpus ?? 2 + (seed % 6);
  const memoryBytes = Math.round(spec.memoryBytes * share * Math.min(1, 0.1 + seconds / 60));
  return {
    at: now,
    cpuPercent: container.isPaused ? 0 : cpus * (70 + 20 * Math.sin(seconds / 7 + seed)),
    memoryBytes,
    memoryLimitBytes: spec.memoryBytes,
    memoryPeakBytes: memoryBytes,
    pids: Math.min(spec.pidsLimit, 4 + (seed % 20)),
    networkRxBytes: 0,
    networkTxBytes: 0,
    blockReadBytes: Math.round(seconds * 5e6),
    blockWriteBytes: Math.round(seconds * 2e5),
  };
}
