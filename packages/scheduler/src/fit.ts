// Does a request fit, and on which GPUs: best fit, so that wide holes stay whole.
import { matchesModel } from './gpu-model.ts';
import type { Gpu, Machine, Request } from './snapshot.ts';
import type { Free } from './timeline.ts';

/** Could this GPU ever serve the request: model, memory and number of slots. */
export function suits(gpu: Gpu, request: Pick<Request, 'numSlots' | 'gpuModels' | 'minGpuMemoryBytes'>): boolean {
  if (gpu.slots < request.numSlots || gpu.memoryBytes < (request.minGpuMemoryBytes ?? 0)) return false;
  const models = request.gpuModels;
  return !models?.length || models.some((model) => matchesModel(gpu.model, model));
}

/** Positions of the GPUs of a machine that suit the request and have its slots free. */
export function candidates(suitable: readonly boolean[], slots: readonly number[], numSlots: number): number[] {
  const found: number[] = [];
  for (let gpu = 0; gpu < slots.length; gpu += 1) {
    if (suitable[gpu] && (slots[gpu] as number) >= numSlots) found.push(gpu);
  }
  return found;
}

/** CPUs come in parts; sums of parts are off by a few last digits. */
const CPU_TOLERANCE = 1e-9;

/** True when memory and CPUs are enough. */
export function hostFits(
  request: Pick<Free, 'memoryBytes' | 'cpus'>,
  free: Pick<Free, 'memoryBytes' | 'cpus'>,
): boolean {
  return request.memoryBytes <= free.memoryBytes && request.cpus <= free.cpus + CPU_TOLERANCE;
}

/**
 * The GPUs to take out of the candidates: those that are already shared before whole ones, small ones before big ones.
 * @returns undefined when there are too few
 */
export function bestGpus(
  machine: Machine,
  found: readonly number[],
  slots: readonly number[],
  count: number,
): number[] | undefined {
  if (found.length < count) return undefined;
  if (found.length === count) return [...found];
  const memoryOf = (gpu: number): number => machine.gpus[gpu]?.memoryBytes ?? 0;
  return found
    .toSorted((a, b) => (slots[a] as number) - (slots[b] as number) || memoryOf(a) - memoryOf(b) || a - b)
    .slice(0, count);
}
