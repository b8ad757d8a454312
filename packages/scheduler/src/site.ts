// All machines during a pass: where a job fits best, now or at the earliest.
import { hostFits } from './fit.ts';
import { GpuWishes } from './gpu-wish.ts';
import { type Place, Room } from './room.ts';
import { type Learned, plannedEndAt } from './run-time.ts';
import { gpuMemoryOn, type QueuedJob, type Request, type RunningJob, type Snapshot } from './snapshot.ts';
import type { Holding } from './timeline.ts';

export interface Spot extends Place {
  room: Room;
}

/** The most of each that any machine has free now: what asks for more starts nowhere. */
interface Headroom {
  gpus: number;
  memoryBytes: number;
  cpus: number;
}

export class Site {
  readonly rooms: readonly Room[];
  readonly wishes = new GpuWishes();
  #now: number;
  #headroom: Headroom | undefined;

  /** @param countsMemory GPU memory is counted beside slots; see `declaresGpuMemory` */
  constructor(
    { machines, running }: Pick<Snapshot, 'machines' | 'running'>,
    learned: Learned,
    now: number,
    countsMemory: boolean,
  ) {
    this.#now = now;
    this.rooms = machines.map((machine) => new Room(machine, now, countsMemory));
    const byId = new Map(this.rooms.map((room) => [room.machine.id, room]));
    for (const job of running) {
      const room = byId.get(job.machineId);
      room?.occupy({
        ...holdingOfRunning(job, room),
        jobId: job.id,
        startedAt: job.startedAt,
        endAt: plannedEndAt(job, learned),
      });
    }
  }

  /** Where the job can start now and run for `runMs` without delaying anything set aside; the tightest such place. */
  placeNow(request: Request, runMs: number): Spot | undefined {
    if (!this.#mayStartSomewhere(request)) return undefined;
    const wish = this.wishes.of(request);
    let best: Spot | undefined;
    for (const room of this.rooms) {
      if (!room.isFreeFor(request, wish) || (best && !isTighter(room, best.room, request))) continue;
      const gpus = room.placeNow(request, wish, runMs);
      if (gpus) best = { room, startAt: this.#now, gpus };
    }
    return best;
  }

  /** Where the job can start at the earliest, after all that has been set aside. */
  earliestPlace(request: Request, runMs: number): Spot | undefined {
    const wish = this.wishes.of(request);
    let best: Spot | undefined;
    for (const room of this.rooms) {
      const place = room.earliestPlace(request, wish, runMs, best?.startAt);
      if (place) best = { room, ...place };
    }
    return best;
  }

  /** Could it run if nothing else did. */
  couldEverRun(request: Request): boolean {
    const wish = this.wishes.of(request);
    return this.rooms.some((room) => room.offer(wish).usable >= request.numGpus && hostFits(request, room.machine));
  }

  start(job: QueuedJob, spot: Spot, runMs: number): void {
    spot.room.occupy({ ...holdingOf(job, spot), jobId: job.id, startedAt: this.#now, endAt: this.#now + runMs });
    this.#headroom = undefined;
  }

  /** A job has ended; for those who walk through time, together with `moveTo`. */
  end(jobId: number, room: Room): void {
    room.vacate(jobId);
    this.#headroom = undefined;
  }

  roomOf(machineId: string): Room | undefined {
    return this.rooms.find((room) => room.machine.id === machineId);
  }

  /** Nothing of a kind that every waiting job needs is free anywhere. */
  isFullFor(needs: { gpus: boolean; cpus: boolean }): boolean {
    this.#headroom ??= headroomOf(this.rooms);
    return (needs.gpus && this.#headroom.gpus === 0) || (needs.cpus && this.#headroom.cpus <= 0);
  }

  /** Another pass begins. */
  moveTo(now: number): void {
    this.#now = now;
    for (const room of this.rooms) room.moveTo(now);
  }

  /** What takes no time still needs its moment. */
  reserve(job: QueuedJob, spot: Spot, runMs: number): void {
    spot.room.reserve(holdingOf(job, spot), spot.startAt, spot.startAt + Math.max(1, runMs));
  }

  #mayStartSomewhere(request: Request): boolean {
    this.#headroom ??= headroomOf(this.rooms);
    const { gpus, memoryBytes, cpus } = this.#headroom;
    return request.numGpus <= gpus && hostFits(request, { memoryBytes, cpus });
  }
}

function headroomOf(rooms: readonly Room[]): Headroom {
  const most: Headroom = { gpus: 0, memoryBytes: 0, cpus: 0 };
  for (const { free, freeGpus } of rooms) {
    if (freeGpus > most.gpus) most.gpus = freeGpus;
    if (free.memoryBytes > most.memoryBytes) most.memoryBytes = free.memoryBytes;
    if (free.cpus > most.cpus) most.cpus = free.cpus;
  }
  return most;
}

function holdingOf(
  job: Pick<RunningJob, 'numSlots' | 'gpuMemoryBytes' | 'memoryBytes' | 'cpus'>,
  { gpus, room }: Pick<Spot, 'gpus' | 'room'>,
): Holding {
  const { numSlots, memoryBytes, cpus } = job;
  if (!room.free.gpuMemory) return { gpus, numSlots, memoryBytes, cpus };
  const { machine } = room;
  const gpuMemory = gpus.map((gpu) => gpuMemoryOn(machine.gpus[gpu] ?? { memoryBytes: 0, slots: 1 }, job));
  return { gpus, numSlots, gpuMemory, memoryBytes, cpus };
}

/** A GPU that the machine no longer has is held by nobody. */
function holdingOfRunning(job: RunningJob, room: Room): Holding {
  const gpus = job.gpuUuids
    .map((uuid) => room.machine.gpus.findIndex((gpu) => gpu.uuid === uuid))
    .filter((at) => at >= 0);
  return holdingOf(job, { gpus, room });
}

/**
 * True when the request leaves less unused beside it in `a` than in `b`: whole GPUs first, then started ones, then memory.
 * A job without GPUs goes where there are fewest, so that its memory is not missed beside a free one.
 */
function isTighter(a: Room, b: Room, request: Request): boolean {
  if (request.numGpus === 0 && a.machine.gpus.length !== b.machine.gpus.length) {
    return a.machine.gpus.length < b.machine.gpus.length;
  }
  if (a.wholeGpus !== b.wholeGpus) return a.wholeGpus < b.wholeGpus;
  if (a.freeGpus !== b.freeGpus) return a.freeGpus < b.freeGpus;
  const part = ({ free, machine }: Room): number =>
    (free.memoryBytes - request.memoryBytes) / (machine.memoryBytes || 1);
  return part(a) < part(b);
}
