import type { Gpu, GpuState } from '@dopq/contract';
import type { GpuReading, GpuSample } from '../hardware/hardware.ts';
import type { ControllerDeps, QueueView } from './deps.ts';

/** Every GPU with who is on it, in PCI order. */
export function listGpus(deps: ControllerDeps): Gpu[] {
  const { store, config, engine, hardware, queue } = deps;
  const sample = hardware.gpus();
  const trouble = troubleOf(sample, deps.clock.now(), config.queue.gpuSampleMaxAgeMs);
  const view = queue.view();
  const slots = config.queue.maxGpuAssignment;
  const inUse = store.attempts.slotsInUse();
  const gpus = sample.gpus.map((reading): Gpu => {
    const mine = inUse.filter(({ gpuUuid }) => gpuUuid === reading.uuid);
    const holders = [...new Set(mine.map(({ jobId }) => jobId))].map((id) => store.jobs.get(id));
    const { state, reason } = trouble ?? stateOf(reading, mine.length, slots, view);
    return {
      machine: engine.machineId,
      uuid: reading.uuid,
      index: reading.index,
      name: reading.name,
      state,
      reason,
      memory_bytes: reading.memoryBytes ?? null,
      memory_used_bytes: reading.memoryUsedBytes ?? null,
      utilization_percent: reading.utilizationPercent ?? null,
      temperature_celsius: reading.temperatureCelsius ?? null,
      power_watts: reading.powerWatts ?? null,
      slots,
      slots_used: mine.length,
      jobs: holders.map(({ id, name, user }) => ({ id, name, user })),
      processes: reading.processes.map(({ pid, name, memoryBytes }) => ({
        pid,
        name,
        memory_bytes: memoryBytes ?? null,
        job_id: view.jobsByPid?.get(pid) ?? null,
      })),
    };
  });
  return gpus.toSorted((a, b) => a.index - b.index);
}

type Shown = { state: GpuState; reason: string | null };

/** What makes every reading doubtful, if anything does. */
function troubleOf(sample: GpuSample, now: number, maxAgeMs: number): Shown | undefined {
  const ageMs = sample.at === undefined ? 0 : now - sample.at;
  if (ageMs > maxAgeMs) {
    return {
      state: 'stale',
      reason: `last read ${Math.round(ageMs / 1000)} s ago${sample.message ? `: ${sample.message}` : ''}`,
    };
  }
  return undefined;
}

function stateOf(reading: GpuReading, used: number, slots: number, view: QueueView): Shown {
  const unusable = view.unusableGpus?.get(reading.uuid);
  if (unusable) return unusable;
  if (used >= slots) return { state: 'busy', reason: null };
  if (used > 0) return { state: 'shared', reason: `${slots - used} of ${slots} slots free` };
  return { state: 'free', reason: null };
}
