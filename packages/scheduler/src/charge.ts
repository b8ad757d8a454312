// What a job costs per unit of time: the largest share it takes of anything the site has, so that a job with one GPU
// and all the memory pays for the memory.
import { weightOf } from './gpu-model.ts';
import type { Gpu, Machine, PastRun, RunningJob } from './snapshot.ts';

export interface Amounts {
  /** Weighted GPUs: each counts its model's weight times the part the job has of it. */
  gpus: number;
  memoryBytes: number;
  cpus: number;
}

/** The price of one unit of each. */
export type Prices = Amounts;

/** Everything the site has: also what is drained at the moment, so that draining a GPU changes no one's penalty. */
export function capacityOf(machines: readonly Machine[], weigh: (model: string) => number): Amounts {
  const sum: Amounts = { gpus: 0, memoryBytes: 0, cpus: 0 };
  for (const machine of machines) {
    sum.memoryBytes += machine.memoryBytes;
    sum.cpus += machine.cpus;
    for (const gpu of machine.gpus) sum.gpus += weigh(gpu.model);
  }
  return sum;
}

/** Prices that make the whole of anything cost 1; what the site does not have costs nothing. */
export function pricesOf(capacity: Amounts): Prices {
  const price = (amount: number): number => (amount > 0 ? 1 / amount : 0);
  return { gpus: price(capacity.gpus), memoryBytes: price(capacity.memoryBytes), cpus: price(capacity.cpus) };
}

/** What each amount costs by itself; a ledger shows them side by side. */
export function costsOf(amounts: Amounts, prices: Prices): Amounts {
  return {
    gpus: amounts.gpus * prices.gpus,
    memoryBytes: amounts.memoryBytes * prices.memoryBytes,
    cpus: amounts.cpus * prices.cpus,
  };
}

/** The rate of a job: the largest of its costs (the MAX form of Slurm's TRES billing). */
export function rateOf(amounts: Amounts, prices: Prices): number {
  const costs = costsOf(amounts, prices);
  return Math.max(costs.gpus, costs.memoryBytes, costs.cpus);
}

/** A weight function that looks each model up once. */
export function weigher(weights: Readonly<Record<string, number>> | undefined): (model: string) => number {
  const known = new Map<string, number>();
  return (model) => {
    let weight = known.get(model);
    if (weight === undefined) {
      weight = weightOf(model, weights);
      known.set(model, weight);
    }
    return weight;
  };
}

export function amountsOfPast(run: PastRun, weigh: (model: string) => number): Amounts {
  const share = run.gpuShare ?? 1;
  const gpus = run.models.reduce((sum, model) => sum + weigh(model) * share, 0);
  return { gpus, memoryBytes: run.memoryBytes, cpus: run.cpus };
}

/** A GPU that is no longer there counts as a whole one of weight 1. */
export function amountsOfRunning(
  job: Pick<RunningJob, 'gpuUuids' | 'numSlots' | 'gpuMemoryBytes' | 'memoryBytes' | 'cpus'>,
  gpuOf: (uuid: string) => Gpu | undefined,
  weigh: (model: string) => number,
): Amounts {
  let gpus = 0;
  for (const uuid of job.gpuUuids) {
    const gpu = gpuOf(uuid);
    gpus += gpu ? weigh(gpu.model) * gpuShareOf(job, gpu) : 1;
  }
  return { gpus, memoryBytes: job.memoryBytes, cpus: job.cpus };
}

/** The part of a GPU that a job has: its slots through the GPU's, or its part of the memory, whichever is more. */
export function gpuShareOf(
  job: Pick<RunningJob, 'numSlots' | 'gpuMemoryBytes'>,
  gpu: Pick<Gpu, 'slots' | 'memoryBytes'>,
): number {
  const bySlots = job.numSlots / gpu.slots;
  return gpu.memoryBytes > 0 ? Math.max(bySlots, (job.gpuMemoryBytes ?? 0) / gpu.memoryBytes) : bySlots;
}
