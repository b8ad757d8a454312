// What the user of a waiting job could ask for instead. Only candidates: whoever shows one has to try it first.
import type { Alternative, Need, Resource } from './blockers.ts';
import { gigabytes } from './reason.ts';
import type { QueuedJob } from './snapshot.ts';

export interface Change {
  /** The fields of the job that change. */
  job: Partial<
    Pick<
      QueuedJob,
      | 'numGpus'
      | 'numSlots'
      | 'memoryBytes'
      | 'cpus'
      | 'gpuModels'
      | 'minGpuMemoryBytes'
      | 'gpuMemoryBytes'
      | 'expectedRunMs'
      | 'timeLimitMs'
    >
  >;
  /** As `with 1 GPU`, `on any GPU`. */
  text: string;
}

/** Changes worth trying, at most one or two of a kind. */
export function changesFor(job: QueuedJob, alternatives: readonly Alternative[], runMs: number, now: number): Change[] {
  return [
    ...fewerGpus(job, alternatives),
    ...lessOf('memory', job, alternatives),
    ...lessOf('cpus', job, alternatives),
    ...anyGpu(job),
    ...shorter(runMs, now, alternatives),
  ];
}

/** As many as are open on some machine, and one. */
function fewerGpus(job: QueuedJob, alternatives: readonly Alternative[]): Change[] {
  const open = mostOpen('gpus', alternatives);
  const counts = new Set([open, 1].filter((count) => count > 0 && count < job.numGpus));
  return [...counts].map((numGpus) => ({ job: { numGpus }, text: `with ${numGpus} GPU${numGpus === 1 ? '' : 's'}` }));
}

function lessOf(resource: 'memory' | 'cpus', job: QueuedJob, alternatives: readonly Alternative[]): Change[] {
  const amount = Math.floor(mostOpen(resource, alternatives));
  if (amount <= 0 || amount >= (resource === 'memory' ? job.memoryBytes : job.cpus)) return [];
  if (resource === 'memory') return [{ job: { memoryBytes: amount }, text: `with ${gigabytes(amount)} of memory` }];
  return [{ job: { cpus: amount }, text: `with ${amount} CPU${amount === 1 ? '' : 's'}` }];
}

function anyGpu(job: QueuedJob): Change[] {
  const changes: Change[] = [];
  if (job.gpuModels?.length) changes.push({ job: { gpuModels: undefined }, text: 'on any GPU model' });
  if (job.gpuMemoryBytes) changes.push({ job: { gpuMemoryBytes: undefined }, text: 'without "gpu_memory"' });
  if (job.minGpuMemoryBytes) changes.push({ job: { minGpuMemoryBytes: undefined }, text: 'with any GPU memory' });
  return changes;
}

/** Until the first moment at which something kept for others is needed, where that is all that is in the way. */
function shorter(runMs: number, now: number, alternatives: readonly Alternative[]): Change[] {
  const gaps = alternatives
    .filter(({ blockers }) => blockers.length > 0 && blockers.every(({ kind }) => kind === 'kept'))
    .map(({ openUntil }) => openUntil - now);
  const longest = Math.max(0, ...gaps.filter((gap) => gap < runMs));
  if (longest <= 0) return [];
  return [{ job: { timeLimitMs: longest, expectedRunMs: longest }, text: `with a time limit of ${duration(longest)}` }];
}

/** `47 min`, `2 h 10 min`, rounded down. */
function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`;
  const hours = Math.floor(minutes / 60);
  return [hours > 0 ? `${hours} h` : '', minutes % 60 > 0 ? `${minutes % 60} min` : ''].filter(Boolean).join(' ');
}

function mostOpen(resource: Resource, alternatives: readonly Alternative[]): number {
  const needs = alternatives.flatMap(({ blockers, clear }) => [
    ...clear,
    ...blockers.filter((one): one is Need & typeof one => one.kind !== 'rule'),
  ]);
  return Math.max(0, ...needs.filter((one) => one.resource === resource).map(({ open }) => open));
}
