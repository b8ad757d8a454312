// What one machine will have free, GPU by GPU, from now on: a step function that rises where a job is expected to end and
// dips where something is set aside. Per GPU, so that small jobs flow around a waiting wide one instead of around its machine.
import { candidates, hostFits } from './fit.ts';
import type { Request } from './snapshot.ts';

/** What is free during one step. */
export interface Free {
  /** Slots by GPU, in the machine's order; 0 where the GPU is not usable. */
  slots: number[];
  memoryBytes: number;
  cpus: number;
}

/** What a job holds, or would. */
export interface Holding {
  /** Positions of its GPUs on the machine. */
  gpus: readonly number[];
  numSlots: number;
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
    let step: Step = { at: now, ...free, slots: [...free.slots] };
    const steps = [step];
    for (const tenant of tenants.toSorted((a, b) => a.endAt - b.endAt)) {
      if (tenant.endAt > step.at) {
        step = { ...step, at: tenant.endAt, slots: [...step.slots] };
        steps.push(step);
      }
      step.memoryBytes += tenant.memoryBytes;
      step.cpus += tenant.cpus;
      for (const gpu of tenant.gpus) if (usable[gpu]) step.slots[gpu] = (step.slots[gpu] ?? 0) + tenant.numSlots;
    }
    return new Timeline(steps);
  }

  /** One of its own, to set things aside in. */
  copy(): Timeline {
    return new Timeline(this.#steps.map((step) => ({ ...step, slots: [...step.slots] })));
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
   * @param suitable by position, which GPUs will do
   */
  earliest(request: Request, suitable: readonly boolean[], runMs: number, before: number): Opening | undefined {
    const { numGpus, numSlots } = request;
    for (const step of this.#steps) {
      if (step.at >= before) return undefined;
      if (!hostFits(request, step) || !hasGpus(numGpus, numSlots, suitable, step.slots)) continue;
      const least = this.leastFree(step.at, step.at + runMs);
      if (!hostFits(request, least)) continue;
      const gpus = candidates(suitable, least.slots, numSlots);
      if (gpus.length >= numGpus) return { at: step.at, least, gpus };
    }
    return undefined;
  }

  /** The least that is free at any moment of [from, until). */
  leastFree(from: number, until: number): Free {
    let at = this.#indexAt(from);
    const first = this.#steps[at] as Step;
    const least: Free = { slots: [...first.slots], memoryBytes: first.memoryBytes, cpus: first.cpus };
    for (at += 1; at < this.#steps.length; at += 1) {
      const step = this.#steps[at] as Step;
      if (step.at >= until) break;
      least.memoryBytes = Math.min(least.memoryBytes, step.memoryBytes);
      least.cpus = Math.min(least.cpus, step.cpus);
      for (let gpu = 0; gpu < least.slots.length; gpu += 1) {
        least.slots[gpu] = Math.min(least.slots[gpu] as number, step.slots[gpu] as number);
      }
    }
    return least;
  }

  /** Since when, without a gap up to `at`, each GPU has had `numSlots` free. Only sensible where it has them at `at`. */
  freeSince(gpu: number, numSlots: number, at: number): number {
    let index = this.#indexAt(at);
    while (index > 0 && ((this.#steps[index - 1] as Step).slots[gpu] as number) >= numSlots) index -= 1;
    return (this.#steps[index] as Step).at;
  }

  /** Sets something aside during [from, until). */
  take(holding: Holding, from: number, until: number): void {
    const first = this.#cut(from);
    const end = Number.isFinite(until) ? this.#cut(until) : this.#steps.length;
    for (let index = first; index < end; index += 1) {
      const step = this.#steps[index] as Step;
      step.memoryBytes -= holding.memoryBytes;
      step.cpus -= holding.cpus;
      for (const gpu of holding.gpus) step.slots[gpu] = (step.slots[gpu] as number) - holding.numSlots;
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
    this.#steps.splice(index + 1, 0, { ...step, at, slots: [...step.slots] });
    return index + 1;
  }
}

/** True when enough GPUs have the slots free; asked at every step, so it counts and builds nothing. */
function hasGpus(count: number, numSlots: number, suitable: readonly boolean[], slots: readonly number[]): boolean {
  let missing = count;
  for (let gpu = 0; missing > 0 && gpu < slots.length; gpu += 1) {
    if (suitable[gpu] && (slots[gpu] as number) >= numSlots) missing -= 1;
  }
  return missing <= 0;
}
