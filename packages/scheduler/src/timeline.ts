// What one machine will have free, GPU by GPU, from now on: a step function that rises where a job is expected to end and
// dips where something is set aside. Per GPU, so that small jobs flow around a waiting wide one instead of around its machine.
import { candidates, type GpuNeeds, hasFree, hostFits } from './fit.ts';
import type { Request } from './snapshot.ts';

/** What is free of the GPUs of a machine, in its order. */
export interface GpuFree {
  /** Slots by GPU; 0 where the GPU is not usable. */
  slots: number[];
  /** Bytes by GPU, where some job declares what it takes; else slots say it all. */
  gpuMemory?: number[] | undefined;
}

/** What is free during one step. */
export interface Free extends GpuFree {
  memoryBytes: number;
  cpus: number;
}

/** What a job holds, or would. */
export interface Holding {
  /** Positions of its GPUs on the machine. */
  gpus: readonly number[];
  numSlots: number;
  /** Bytes it takes of each of these GPUs, in the same order, where memory is counted. */
  gpuMemory?: readonly number[] | undefined;
  memoryBytes: number;
  cpus: number;
}

/** A job that runs, and until when it is expected to. */
export interface Tenant extends Holding {
  jobId: number;
  startedAt: number;
  endAt: number;
}

interface Step extends Free {
  at: number;
}

/** A moment from which something fits. */
export interface Opening {
  at: number;
  /** The least that is free for as long as it would take. */
  least: Free;
  /** Positions of the GPUs that will do. */
  gpus: number[];
}

export class Timeline {
  readonly #steps: Step[];

  private constructor(steps: Step[]) {
    this.#steps = steps;
  }

  /** @param tenants what runs now, with ends after `now`; it is given back at those ends, but never on an unusable GPU */
  static of(now: number, free: Free, usable: readonly boolean[], tenants: readonly Tenant[]): Timeline {
    let step: Step = copyOf({ at: now, ...free });
    const steps = [step];
    for (const tenant of tenants.toSorted((a, b) => a.endAt - b.endAt)) {
      if (tenant.endAt > step.at) {
        step = copyOf({ ...step, at: tenant.endAt });
        steps.push(step);
      }
      hold(step, tenant, -1, usable);
    }
    return new Timeline(steps);
  }

  /** One of its own, to set things aside in. */
  copy(): Timeline {
    return new Timeline(this.#steps.map(copyOf));
  }

  /** Time has passed and nothing has happened. */
  moveTo(now: number): void {
    const at = this.#indexAt(now);
    if (at > 0) this.#steps.splice(0, at);
    (this.#steps[0] as Step).at = now;
  }

  /** The times at which something changes, ascending; the first is now. */
  times(): number[] {
    return this.#steps.map(({ at }) => at);
  }

  /**
   * The first moment, before `before`, from which the request fits for `runMs`.
   * @param needs what it needs of each GPU
   */
  earliest(request: Request, needs: GpuNeeds, runMs: number, before: number): Opening | undefined {
    const { numGpus } = request;
    for (const step of this.#steps) {
      if (step.at >= before) return undefined;
      if (!hostFits(request, step) || !hasGpus(numGpus, needs, step)) continue;
      const least = this.leastFree(step.at, step.at + runMs);
      if (!hostFits(request, least)) continue;
      const gpus = candidates(needs, least);
      if (gpus.length >= numGpus) return { at: step.at, least, gpus };
    }
    return undefined;
  }

  /** The least that is free at any moment of [from, until). */
  leastFree(from: number, until: number): Free {
    let at = this.#indexAt(from);
    const first = this.#steps[at] as Step;
    const least: Free = copyOf(first);
    for (at += 1; at < this.#steps.length; at += 1) {
      const step = this.#steps[at] as Step;
      if (step.at >= until) break;
      least.memoryBytes = Math.min(least.memoryBytes, step.memoryBytes);
      least.cpus = Math.min(least.cpus, step.cpus);
      for (let gpu = 0; gpu < least.slots.length; gpu += 1) {
        least.slots[gpu] = Math.min(least.slots[gpu] as number, step.slots[gpu] as number);
      }
      if (least.gpuMemory && step.gpuMemory) lower(least.gpuMemory, step.gpuMemory);
    }
    return least;
  }

  /** Since when, without a gap up to `at`, the GPU has had what is needed. Only sensible where it has it at `at`. */
  freeSince(gpu: number, needs: GpuNeeds, at: number): number {
    let index = this.#indexAt(at);
    while (index > 0 && hasFree(needs, this.#steps[index - 1] as Step, gpu)) index -= 1;
    return (this.#steps[index] as Step).at;
  }

  /** Sets something aside during [from, until). */
  take(holding: Holding, from: number, until: number): void {
    const first = this.#cut(from);
    const end = Number.isFinite(until) ? this.#cut(until) : this.#steps.length;
    for (let index = first; index < end; index += 1) {
      hold(this.#steps[index] as Step, holding, 1);
    }
  }

  /** The step that `at` lies in; times before now count as now. */
  #indexAt(at: number): number {
    let low = 0;
    let high = this.#steps.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#steps[middle] as Step).at <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Makes a step begin at `at`. */
  #cut(at: number): number {
    const index = this.#indexAt(at);
    const step = this.#steps[index] as Step;
    if (step.at >= at) return index;
    this.#steps.splice(index + 1, 0, copyOf({ ...step, at }));
    return index + 1;
  }
}

/** True when enough GPUs have the slots free; asked at every step, so it counts and builds nothing. */
function hasGpus(count: number, needs: GpuNeeds, free: GpuFree): boolean {
  let missing = count;
  for (let gpu = 0; missing > 0 && gpu < free.slots.length; gpu += 1) {
    if (hasFree(needs, free, gpu)) missing -= 1;
  }
  return missing <= 0;
}

/** Takes (1) what is held from what is free, or gives it back (-1); unusable GPUs stay at nothing. */
export function hold(free: Free, holding: Holding, sign: 1 | -1, usable?: readonly boolean[]): void {
  free.memoryBytes -= sign * holding.memoryBytes;
  free.cpus -= sign * holding.cpus;
  const { gpus, numSlots, gpuMemory } = holding;
  for (let at = 0; at < gpus.length; at += 1) {
    const gpu = gpus[at] as number;
    if (usable && !usable[gpu]) continue;
    free.slots[gpu] = (free.slots[gpu] as number) - sign * numSlots;
    if (free.gpuMemory && gpuMemory) {
      free.gpuMemory[gpu] = (free.gpuMemory[gpu] as number) - sign * (gpuMemory[at] as number);
    }
  }
}

function copyOf<T extends Free>(free: T): T {
  const copy = { ...free, slots: [...free.slots] };
  if (free.gpuMemory) copy.gpuMemory = [...free.gpuMemory];
  return copy;
}

function lower(least: number[], values: readonly number[]): void {
  for (let at = 0; at < least.length; at += 1) least[at] = Math.min(least[at] as number, values[at] as number);
}
