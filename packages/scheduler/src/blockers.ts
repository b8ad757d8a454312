// What keeps a job from starting on one machine, all of it at once: each blocker stands for one thing, so that taking all of
// them away starts the job and leaving any one does not.
import { candidates, hostFits } from './fit.ts';
import { gigabytes, gpusInWords, type Reason } from './reason.ts';
import type { Room } from './room.ts';
import type { Site } from './site.ts';
import type { QueuedJob } from './snapshot.ts';

export type Resource = 'gpus' | 'memory' | 'cpus';

/** Something the job needs on a machine, whether it blocks or not. */
export interface Need {
  resource: Resource;
  needed: number;
  /** Free at this moment. */
  free: number;
  /** Free for as long as the job would run, without what is set aside for jobs before it. */
  open: number;
  /** What the machine has in all, and how much of it is usable. */
  total: number;
  usable: number;
  text: string;
}

/** `kept`: enough is free, but it is set aside for jobs before it. */
export type Blocker =
  | (Need & { kind: 'short' | 'kept' | 'out-of-use' | 'too-small' })
  /** Limits, an earliest start, or the turn of another job. */
  | { kind: 'rule'; rule: Reason; text: string };

export interface Alternative {
  machineId: string;
  /** Of a machine with several models: all its GPUs would be of this one. */
  model?: string | undefined;
  /** When it could start here after all jobs before it; absent = never as things are. */
  startAt?: number | undefined;
  /** Until when what is free at this moment stays open to it: the first time that something is kept for others. */
  openUntil: number;
  /** What clears last comes first. Empty: it starts. */
  blockers: Blocker[];
  /** What is there. */
  clear: Need[];
}

/** Each machine, and each model of a machine that has several; the earliest start first. */
export function alternativesFor(
  job: QueuedJob,
  site: Site,
  runMs: number,
  now: number,
  rules: readonly Reason[],
): Alternative[] {
  return site.rooms
    .flatMap((room) =>
      modelsOn(room, job, site).map((model) => alternativeOn(room, model, { job, site, runMs, now, rules })),
    )
    .sort((a, b) => (a.startAt ?? Infinity) - (b.startAt ?? Infinity) || a.blockers.length - b.blockers.length);
}

/** `undefined` = whatever suits on this machine. */
function modelsOn(room: Room, job: QueuedJob, site: Site): (string | undefined)[] {
  const { suitable } = room.offer(site.wishes.of(job));
  const models = new Set(room.machine.gpus.filter((_, gpu) => suitable[gpu]).map(({ model }) => model));
  if (job.numGpus === 0 || models.size < 2) return [undefined];
  return job.numGpus === 1 ? [...models] : [undefined, ...models];
}

interface Question {
  job: QueuedJob;
  site: Site;
  runMs: number;
  now: number;
  rules: readonly Reason[];
}

function alternativeOn(room: Room, model: string | undefined, { job, site, runMs, now, rules }: Question): Alternative {
  const asked = model === undefined ? job : { ...job, gpuModels: [model] };
  const wish = site.wishes.of(asked);
  const offer = room.offer(wish);
  const openNow = room.openFor(runMs);
  const { free, machine } = room;
  const gpusOpen = candidates(offer, openNow).length;
  const needs = [
    need('gpus', job.numGpus, [offer.free, gpusOpen, offer.total, offer.usable], gpusInWords(asked)),
    need(
      'memory',
      job.memoryBytes,
      [free.memoryBytes, openNow.memoryBytes, machine.memoryBytes, machine.memoryBytes],
      gigabytes(job.memoryBytes),
    ),
    need(
      'cpus',
      job.cpus,
      [free.cpus, openNow.cpus, machine.cpus, machine.cpus],
      `${job.cpus} CPU${job.cpus === 1 ? '' : 's'}`,
    ),
  ];
  const blocking = needs.filter((one) => !isOpen(one));
  const clearsAt = ({ resource }: Need): number =>
    room.earliestPlace(only(asked, resource), wish, runMs)?.startAt ?? Number.POSITIVE_INFINITY;
  const ranked = blocking
    .map((one) => ({ one, at: clearsAt(one) }))
    .sort((a, b) => b.at - a.at)
    .map(({ one }): Blocker => ({ ...one, kind: kindOf(one) }));
  const ruled = rules.map((rule): Blocker => ({ kind: 'rule', rule, text: rule.text }));
  const startAt = ruled.length + ranked.length === 0 ? now : room.earliestPlace(asked, wish, runMs)?.startAt;
  const openUntil = room.openUntil(asked, wish);
  return {
    machineId: machine.id,
    model,
    startAt,
    openUntil,
    blockers: [...ranked, ...ruled],
    clear: needs.filter(isOpen),
  };
}

function need(
  resource: Resource,
  needed: number,
  [free, open, total, usable]: readonly [number, number, number, number],
  what: string,
): Need {
  const most = Math.max(0, free);
  const there = resource === 'memory' ? gigabytes(most) : String(Math.floor(most * 10) / 10);
  return { resource, needed, free, open, total, usable, text: `${what}, ${there} free` };
}

function isOpen({ resource, needed, open }: Need): boolean {
  return resource === 'cpus'
    ? hostFits({ memoryBytes: 0, cpus: needed }, { memoryBytes: 0, cpus: open })
    : needed <= open;
}

function kindOf(one: Need): 'short' | 'kept' | 'out-of-use' | 'too-small' {
  if (one.needed > one.total) return 'too-small';
  if (one.needed > one.usable) return 'out-of-use';
  return one.needed > one.free ? 'short' : 'kept';
}

/** The same request with only one of its needs left. */
function only(job: QueuedJob, resource: Resource): QueuedJob {
  return {
    ...job,
    numGpus: resource === 'gpus' ? job.numGpus : 0,
    memoryBytes: resource === 'memory' ? job.memoryBytes : 0,
    cpus: resource === 'cpus' ? job.cpus : 0,
  };
}
