// What a lab would have measured before anybody looked: charts and sparklines of hours, without waiting for hours.
import path from 'node:path';
import { openStore } from '../../server/src/store/store.ts';

interface Run {
  id: number;
  startedAt: number;
  gpus: string[];
  /** Bytes of the memory that it asked for, and CPUs. */
  memory: number;
  cpus: number;
  /** Bytes on all its GPUs. */
  gpuMemory: number;
}

const STEPS = [
  { seconds: 10, backMs: 2 * 3_600_000 },
  { seconds: 60, backMs: 48 * 3_600_000 },
  { seconds: 600, backMs: 7 * 24 * 3_600_000 },
];

/** @param now milliseconds since 1970 */
export function addMeasurements(dataDir: string, now: number, runs: readonly Run[]): void {
  using store = openStore(path.join(dataDir, 'dopq.db'), { now: () => now });
  store.measurements.lazily(() => {
    for (const { seconds, backMs } of STEPS) {
      const stepMs = seconds * 1000;
      for (const run of runs) {
        const first = Math.ceil(Math.max(run.startedAt, now - backMs) / stepMs) * stepMs;
        for (let at = first; at < now; at += stepMs) {
          const use = useAt(run, at);
          store.measurements.put(seconds, [
            sample(`job:${run.id}`, at, use),
            ...run.gpus.map((uuid, index) =>
              sample(`gpu:${uuid}`, at, {
                utilization_percent: Math.min(100, use.gpu_utilization_percent + 3 * index),
                memory_used_bytes: use.gpu_memory_bytes / run.gpus.length,
                power_watts: 60 + 2.6 * use.gpu_utilization_percent,
                temperature_celsius: 38 + use.gpu_utilization_percent / 3,
                allocated: 1,
                idle: 0,
              }),
            ),
          ]);
        }
      }
    }
  });
}

const sample = (subject: string, at: number, values: Record<string, number>) => ({
  subject,
  at,
  means: values,
  peaks: values,
});

/** An epoch takes 47 minutes: mostly the GPU works; between two epochs it evaluates, and the CPU does. */
function useAt({ id, startedAt, memory, cpus, gpuMemory }: Run, at: number) {
  const minutes = (at - startedAt) / 60_000;
  const isBetween = minutes % 47 > 43;
  const noise = Math.sin(at / 9_000 + id) * Math.sin(at / 23_000);
  const filled = Math.min(1, minutes / 8);
  return {
    gpu_utilization_percent: filled < 0.2 ? 8 : isBetween ? 34 + 6 * noise : 88 + 6 * noise,
    gpu_memory_bytes: gpuMemory * (0.55 * filled + 0.2 + 0.01 * noise),
    cpu_percent: 100 * cpus * (isBetween ? 0.8 : 0.42 + 0.05 * noise),
    memory_bytes: memory * (0.12 + 0.24 * Math.min(1, minutes / 60) + 0.01 * noise),
    gpu_idle: 0,
  };
}
