// One machine during a pass: what is free now, what will be free later, and what has been set aside.
import { bestGpus, candidates, type GpuNeeds, hostFits, suits } from './fit.ts';
import type { GpuWish } from './gpu-wish.ts';
import { correctedEndAt } from './run-time.ts';
import { gpuMemoryOn, type Machine, type Request } from './snapshot.ts';
import { type Free, hold, type Holding, type Tenant, Timeline } from './timeline.ts';

export interface Place {
  startAt: number;
  /** Positions on the machine. */
  gpus: number[];
}

/** What this machine has for one kind of GPU wish. */
interface Offer extends GpuNeeds {
  /** How many suit it, usable or not. */
  total: number;
  /** How many of them are usable. */
  usable: number;
  /** How many have the slots free now; -1 = to be counted again. */
  free: number;
}

export class Room {
  readonly machine: Machine;
  readonly usable: readonly boolean[];
  /** What no running job holds, now. */
  readonly free: Free;
  /** How many usable GPUs have any slot free, and how many have all. */
  freeGpus = 0;
  wholeGpus = 0;
  #now: number;
  readonly #tenants = new Map<number, Tenant>();
  readonly #offers: Offer[] = [];
  /** The future of the running jobs alone, and until when it holds if nothing happens. */
  #base: Timeline | undefined;
  #baseUntil = 0;
  /** The same with what has been set aside in this pass; absent = nothing. */
  #planned: Timeline | undefined;

  /** @param countsMemory GPU memory is counted beside slots */
  constructor(machine: Machine, now: number, countsMemory = false) {
    this.machine = machine;
    this.#now = now;
    this.usable = machine.gpus.map((gpu) => gpu.usable);
    this.free = {
      slots: machine.gpus.map((gpu) => (gpu.usable ? gpu.slots : 0)),
      memoryBytes: machine.memoryBytes,
      cpus: machine.cpus,
      ...(countsMemory && { gpuMemory: machine.gpus.map((gpu) => (gpu.usable ? gpu.memoryBytes : 0)) }),
    };
    this.#count();
  }

  /** Which of its GPUs suit the wish, and how many of them are there, usable, free. */
  offer(wish: GpuWish): Readonly<Offer> {
    let offer = this.#offers[wish.index];
    if (offer && offer.free >= 0) return offer;
    if (!offer) {
      const suiting = this.machine.gpus.map((gpu) => suits(gpu, wish));
      const suitable = suiting.map((suited, gpu) => suited && this.usable[gpu] === true);
      const memory = this.free.gpuMemory && this.machine.gpus.map((gpu) => gpuMemoryOn(gpu, wish));
      const { numSlots } = wish;
      offer = { suitable, numSlots, memory, total: count(suiting), usable: count(suitable), free: -1 };
      this.#offers[wish.index] = offer;
    }
    offer.free = candidates(offer, this.free).length;
    return offer;
  }

  /** A job runs here (from now, for the pass) until its expected end. */
  occupy(tenant: Tenant): void {
    this.#base?.take(tenant, this.#now, tenant.endAt);
    this.#planned?.take(tenant, this.#now, tenant.endAt);
    this.#baseUntil = Math.min(this.#baseUntil, tenant.endAt);
    this.#tenants.set(tenant.jobId, tenant);
    this.#hold(tenant, 1);
  }

  /** Running jobs are expected to end at other times now. */
  expectEnds(endOf: (jobId: number) => number | undefined): void {
    for (const tenant of this.#tenants.values()) {
      const endAt = endOf(tenant.jobId);
      if (endAt === undefined || endAt === tenant.endAt) continue;
      tenant.endAt = endAt;
      this.#base = undefined;
    }
  }

  /** The job has ended; for those who walk through time, together with `moveTo`. */
  vacate(jobId: number): void {
    const tenant = this.#tenants.get(jobId);
    if (!tenant) return;
    this.#tenants.delete(jobId);
    this.#base = undefined;
    this.#hold(tenant, -1);
  }

  /** Another pass begins: nothing is set aside any more. */
  moveTo(now: number): void {
    this.#now = now;
    this.#planned = undefined;
    if (now >= this.#baseUntil) this.#base = undefined;
    this.#base?.moveTo(now);
  }

  /** Sets something aside for later. */
  reserve(holding: Holding, from: number, until: number): void {
    this.#planned ??= this.#future().copy();
    this.#planned.take(holding, from, until);
  }

  /** True when enough is free at this moment, whatever has been set aside for later. */
  isFreeFor(request: Request, wish: GpuWish): boolean {
    return (
      hostFits(request, this.free) &&
      request.numGpus <= this.freeGpus &&
      (request.numGpus === 0 || request.numGpus <= this.offer(wish).free)
    );
  }

  /** What is free from now on for `runMs` beside everything set aside. */
  openFor(runMs: number): Free {
    return this.#planned?.leastFree(this.#now, this.#now + runMs) ?? this.free;
  }

  /** Until when the request could run if it started now; now itself where it cannot. */
  openUntil(request: Request, wish: GpuWish): number {
    if (!this.isFreeFor(request, wish)) return this.#now;
    const offer = this.offer(wish);
    const later = this.#future();
    const tooShort = later.times().find((at) => {
      const open = later.leastFree(this.#now, at + 1);
      return !hostFits(request, open) || candidates(offer, open).length < request.numGpus;
    });
    return tooShort ?? Number.POSITIVE_INFINITY;
  }

  /** GPUs on which the request can start now and run for `runMs` without touching anything set aside. */
  placeNow(request: Request, wish: GpuWish, runMs: number): number[] | undefined {
    if (!this.isFreeFor(request, wish)) return undefined;
    const free = this.openFor(runMs);
    if (!hostFits(request, free)) return undefined;
    if (request.numGpus === 0) return [];
    const found = candidates(this.offer(wish), free);
    return bestGpus(this.machine, found, this.free.slots, request.numGpus);
  }

  /**
   * The earliest place for the request that holds for `runMs`, if there is one before `before`. Takes the GPUs that become
   * free last, so that those which are free until then stay open for others.
   */
  earliestPlace(request: Request, wish: GpuWish, runMs: number, before = Number.POSITIVE_INFINITY): Place | undefined {
    const offer = this.offer(wish);
    if (offer.usable < request.numGpus || !hostFits(request, this.machine)) return undefined;
    const future = this.#future();
    const opening = future.earliest(request, offer, runMs, before);
    if (!opening) return undefined;
    const { at, least, gpus } = opening;
    if (gpus.length === request.numGpus) return { startAt: at, gpus };
    const since = new Map(gpus.map((gpu) => [gpu, future.freeSince(gpu, offer, at)]));
    const latestFirst = (a: number, b: number): number =>
      (since.get(b) ?? 0) - (since.get(a) ?? 0) || (least.slots[a] as number) - (least.slots[b] as number) || a - b;
    return { startAt: at, gpus: gpus.sort(latestFirst).slice(0, request.numGpus) };
  }

  #future(): Timeline {
    if (this.#planned) return this.#planned;
    if (!this.#base) {
      this.#base = Timeline.of(this.#now, this.free, this.usable, this.#tenantsCorrected());
      this.#baseUntil = Math.min(...Array.from(this.#tenants.values(), ({ endAt }) => endAt));
    }
    return this.#base;
  }

  #tenantsCorrected(): Tenant[] {
    return Array.from(this.#tenants.values(), (tenant) => {
      const endAt = correctedEndAt(tenant.startedAt, tenant.endAt, this.#now);
      return endAt === tenant.endAt ? tenant : { ...tenant, endAt };
    });
  }

  #hold(tenant: Tenant, sign: 1 | -1): void {
    hold(this.free, tenant, sign, this.usable);
    if (tenant.gpus.length > 0) this.#count();
  }

  #count(): void {
    this.freeGpus = 0;
    this.wholeGpus = 0;
    this.free.slots.forEach((slots, gpu) => {
      if (slots > 0) this.freeGpus += 1;
      if (slots > 0 && slots === this.machine.gpus[gpu]?.slots) this.wholeGpus += 1;
    });
    for (const offer of this.#offers) if (offer) offer.free = -1;
  }
}

const count = (flags: readonly boolean[]): number => flags.filter(Boolean).length;
