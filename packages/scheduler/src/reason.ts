// Why a job waits, as data and as one short clause that names the thing in short supply and how many there are.
import { hostFits, suits } from './fit.ts';
import { shortModel } from './gpu-model.ts';
import type { GpuWish } from './gpu-wish.ts';
import type { LimitedThing } from './policy.ts';
import type { Room } from './room.ts';
import type { Site } from './site.ts';
import type { QueuedJob, Request } from './snapshot.ts';

/** Every reason has its clause in `text`: lower case, no code, no blame, no full stop. */
export type Reason = { text: string } & (
  | { kind: 'gpus'; needed: number; free: number; models: string[] }
  | { kind: 'memory'; neededBytes: number; freeBytes: number }
  | { kind: 'cpus'; needed: number; free: number }
  /** It would fit, but what it would take is set aside for jobs before it. */
  | { kind: 'kept'; forJobIds: number[] }
  /** Nothing starts before the first one. */
  | { kind: 'turn'; afterJobId: number }
  | { kind: 'not-before'; at: number }
  /** It waits for the end of other jobs. */
  | { kind: 'after'; jobIds: number[] }
  /** As many jobs of its array as may run at once do. */
  | { kind: 'array'; arrayId: number; allowed: number }
  | { kind: 'limit'; limit: LimitedThing; scope: 'user' | 'total'; allowed: number }
  /** It would fit a machine of this site, but its GPUs there are out of use. */
  | { kind: 'out-of-use'; needed: number; usable: number; why: string[] }
  /** No machine of this site could ever run it. */
  | { kind: 'impossible' }
);

const GB = 2 ** 30;

/** `1.5 GiB`, `80 GiB`: memory in words. */
export function gigabytes(bytes: number): string {
  const value = bytes / GB;
  const digits = Math.abs(value) < 100 && !Number.isInteger(value) ? 1 : 0;
  return `${Number(value.toFixed(digits))} GiB`;
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
const rounded = (value: number): string => String(Math.max(0, Math.floor(value * 10) / 10));

/** `2 A100`, `1 GPU`, `4 GPUs with 24 GiB`, `1 GPU with 2 slots`. */
export function gpusInWords(request: Request): string {
  const { numGpus, numSlots, gpuModels, minGpuMemoryBytes, gpuMemoryBytes } = request;
  const what = gpuModels?.length ? `${numGpus} ${gpuModels.map(shortModel).join(' or ')}` : plural(numGpus, 'GPU');
  const extras = [
    minGpuMemoryBytes ? gigabytes(minGpuMemoryBytes) : '',
    numSlots > 1 ? plural(numSlots, 'slot') : '',
    gpuMemoryBytes === undefined ? '' : `${gigabytes(gpuMemoryBytes)} free`,
  ].filter(Boolean);
  return extras.length > 0 ? `${what} with ${extras.join(' and ')}` : what;
}

/** What most waiting jobs have in common: their kind and number of GPUs is not free on any machine that has it. */
interface Common {
  reason: Reason | undefined;
  /** It holds for jobs whose memory and CPUs every such machine has when it is empty. */
  memoryBytes: number;
  cpus: number;
}

/** The reasons of one pass, read from what is free after its starts. */
export class Reasons {
  readonly #site: Site;
  readonly #reserved: readonly number[];
  readonly #common = new Map<number, Common>();

  /** @param reserved the jobs with a reservation, in order */
  constructor(site: Site, reserved: readonly number[]) {
    this.#site = site;
    this.#reserved = reserved;
  }

  /** The one reason to show: on the machine that comes closest, what is short first (GPUs, memory, CPUs). */
  of(job: QueuedJob): Reason {
    const { rooms, wishes } = this.#site;
    const wish = wishes.of(job);
    const common = this.#commonOf(job, wish);
    if (common.reason && job.memoryBytes <= common.memoryBytes && job.cpus <= common.cpus) return common.reason;
    const short: Shortage = { possible: 0, open: 0, gpus: -1, memoryBytes: -1, cpus: -1 };
    for (const room of rooms) lookInto(room, job, wish, short);
    if (short.possible === 0) return { kind: 'impossible', text: impossible(job, rooms) };
    if (short.open === 0) return outOfUse(job, rooms, wish);
    if (short.gpus < job.numGpus) return gpuShortage(job, Math.max(0, short.gpus), short.open > 1);
    if (short.memoryBytes < job.memoryBytes) return memoryShortage(job, Math.max(0, short.memoryBytes));
    if (short.cpus < job.cpus) return cpuShortage(job, Math.max(0, short.cpus));
    return kept(this.#reserved, job.id);
  }

  #commonOf(job: QueuedJob, wish: GpuWish): Common {
    const key = wish.index * 65_536 + job.numGpus;
    let common = this.#common.get(key);
    if (!common) this.#common.set(key, (common = commonOf(job, wish, this.#site.rooms)));
    return common;
  }
}

function commonOf(job: QueuedJob, wish: GpuWish, rooms: readonly Room[]): Common {
  const open = rooms.filter((room) => room.offer(wish).usable >= job.numGpus);
  const free = Math.max(0, ...open.map((room) => room.offer(wish).free));
  return {
    reason: open.length > 0 && free < job.numGpus ? gpuShortage(job, free, open.length > 1) : undefined,
    memoryBytes: Math.min(...open.map(({ machine }) => machine.memoryBytes)),
    cpus: Math.min(...open.map(({ machine }) => machine.cpus)),
  };
}

interface Shortage {
  /** Machines that could run it when empty: with all GPUs, with the usable ones. */
  possible: number;
  open: number;
  /** The most free on these; memory where the GPUs do, CPUs where the memory does too. */
  gpus: number;
  memoryBytes: number;
  cpus: number;
}

function lookInto(room: Room, job: QueuedJob, wish: GpuWish, short: Shortage): void {
  const { machine, free } = room;
  const offer = room.offer(wish);
  if (offer.total < job.numGpus || !hostFits(job, machine)) return;
  short.possible += 1;
  if (offer.usable < job.numGpus) return;
  short.open += 1;
  if (offer.free > short.gpus) short.gpus = offer.free;
  if (offer.free < job.numGpus) return;
  if (free.memoryBytes > short.memoryBytes) short.memoryBytes = free.memoryBytes;
  if (free.memoryBytes >= job.memoryBytes && free.cpus > short.cpus) short.cpus = free.cpus;
}

function memoryShortage(job: QueuedJob, freeBytes: number): Reason {
  const text = `${gigabytes(job.memoryBytes)} of memory, ${gigabytes(freeBytes)} free`;
  return { kind: 'memory', neededBytes: job.memoryBytes, freeBytes, text };
}

function cpuShortage(job: QueuedJob, free: number): Reason {
  return { kind: 'cpus', needed: job.cpus, free, text: `${plural(job.cpus, 'CPU')}, ${rounded(free)} free` };
}

function gpuShortage(job: QueuedJob, free: number, several: boolean): Reason {
  const how = job.numGpus === 1 ? '' : several ? ' on one machine' : ' at once';
  const text = `${gpusInWords(job)}${how}, ${free} free`;
  return { kind: 'gpus', needed: job.numGpus, free, models: [...(job.gpuModels ?? [])], text };
}

function outOfUse(job: QueuedJob, rooms: readonly Room[], wish: GpuWish): Reason {
  const usable = Math.max(...rooms.map((room) => room.offer(wish).usable));
  const why = rooms.flatMap((room) =>
    room.machine.gpus.filter((gpu) => !gpu.usable && suits(gpu, wish)).map((gpu) => gpu.blockedReason ?? 'out of use'),
  );
  const text = `${gpusInWords(job)}, ${usable} in use by the queue (${[...new Set(why)].join(', ')})`;
  return { kind: 'out-of-use', needed: job.numGpus, usable, why: [...new Set(why)], text };
}

function impossible(job: QueuedJob, rooms: readonly Room[]): string {
  const most = (amount: (room: Room) => number): number => Math.max(0, ...rooms.map(amount));
  const gpus = most(({ machine }) => machine.gpus.filter((gpu) => suits(gpu, job)).length);
  const gives = [
    ...(job.numGpus > gpus ? [`${gpusInWords(job)}, the largest machine has ${gpus}`] : []),
    ...(job.memoryBytes > most(({ machine }) => machine.memoryBytes)
      ? [
          `${gigabytes(job.memoryBytes)} of memory, the largest machine has ${gigabytes(most(({ machine }) => machine.memoryBytes))}`,
        ]
      : []),
    ...(job.cpus > most(({ machine }) => machine.cpus)
      ? [`${plural(job.cpus, 'CPU')}, the largest machine has ${most(({ machine }) => machine.cpus)}`]
      : []),
  ];
  return gives.join('; ') || 'no single machine has all it asks for';
}

function kept(reserved: readonly number[], jobId: number): Reason {
  const own = reserved.indexOf(jobId);
  const forJobIds = own < 0 ? [...reserved] : reserved.slice(0, own);
  const names = forJobIds.slice(0, 3).map((id) => `#${id}`);
  const text = `what is free is kept for ${names.join(', ')}${forJobIds.length > 3 ? ' and others' : ''}`;
  return { kind: 'kept', forJobIds, text };
}
