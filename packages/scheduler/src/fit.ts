// Does a request fit, and on which GPUs: best fit, so that wide holes stay whole.
import { matchesModel } from './gpu-model.ts';
import { type Gpu, gpuMemoryOn, type Machine, type Request } from './snapshot.ts';
import type { Free, GpuFree } from './timeline.ts';

type GpuNeed = Pick<Request, 'numSlots' | 'gpuModels' | 'minGpuMemoryBytes' | 'gpuMemoryBytes'>;

/** What one kind of GPU wish needs of each GPU of a machine. */
export interface GpuNeeds {
  /** By position: it suits the wish and is usable. */
  suitable: readonly boolean[];
  numSlots: number;
  /** By position, the memory it would take; absent where only slots are counted. */
  memory?: readonly number[] | undefined;
}

/** A slot's part of the memory may be a broken number, and sums of such are off by a few last digits. */
const MEMORY_TOLERANCE = 1e-9;

/** True when the GPU at this position suits and has the slots and the memory free. */
export function hasFree({ suitable, numSlots, memory }: GpuNeeds, free: GpuFree, gpu: number): boolean {
  if (!suitable[gpu] || (free.slots[gpu] as number) < numSlots) return false;
  return (
    !memory || !free.gpuMemory || (memory[gpu] as number) * (1 - MEMORY_TOLERANCE) <= (free.gpuMemory[gpu] as number)
  );
}

/** Could this GPU ever serve the request: model, memory and number of slots. */
export function suits(gpu: Gpu, request: GpuNeed): boolean {
  if (gpu.slots < request.numSlots || gpu.memoryBytes < (request.minGpuMemoryBytes ?? 0)) return false;
  if (gpuMemoryOn(gpu, request) > gpu.memoryBytes) return false;
  const models = request.gpuModels;
  return !models?.length || models.some((model) => matchesModel(gpu.model, model));
}

/** Positions of the GPUs of a machine that suit and have what is needed free. */
export function candidates(needs: GpuNeeds, free: GpuFree): number[] {
  const found: number[] = [];
  for (let gpu = 0; gpu < free.slots.length; gpu += 1) {
    if (hasFree(needs, free, gpu)) found.push(gpu);
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
