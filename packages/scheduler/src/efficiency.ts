// What a finished job asked for against what it used, what it could ask for next time, and what that would have gained: each
// gain is found by playing the hours around the job again with the smaller request, through the code that decides in earnest.
import type { Policy } from './policy.ts';
import { gigabytes } from './reason.ts';
import { simulate } from './simulate.ts';
import type { Trace, TraceJob } from './trace.ts';

/** What was measured while it ran; absent = nothing was. */
export interface Use {
  ranMs: number;
  memoryPeakBytes?: number | undefined;
  /** CPUs in use on average. */
  cpus?: number | undefined;
  /** Part of the measurements, 0 to 1, in which its GPUs did nothing. */
  gpuIdle?: number | undefined;
  /** Of one GPU. */
  gpuMemoryPeakBytes?: number | undefined;
}

/** Something to ask for next time. */
export interface LeanerAsk {
  text: string;
  job: Partial<TraceJob>;
}

const GB = 2 ** 30;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** What is asked for on top of what was used: the next run may be a little larger. */
const RESERVE = 1.25;
/** Less is asked for only where that is at most this part of what was asked: small savings are noise. */
const WORTHWHILE = 0.7;
/** GPUs that did nothing in so many of the measurements were not used. */
const IDLE_ALL_THE_TIME = 0.98;

/** What the job could have done with, each by itself. */
export function leanerAsks(asked: TraceJob, used: Use): LeanerAsk[] {
  const asks: LeanerAsk[] = [];
  const limitMs = roundedUp(used.ranMs * RESERVE);
  if (limitMs <= (asked.requestedMs ?? Infinity) * WORTHWHILE) {
    asks.push({ text: `with a time limit of ${durationWords(limitMs)}`, job: { requestedMs: limitMs } });
  }
  const memoryBytes = Math.ceil(((used.memoryPeakBytes ?? Infinity) * RESERVE) / GB) * GB;
  if (memoryBytes <= asked.memoryBytes * WORTHWHILE) {
    asks.push({ text: `with ${gigabytes(memoryBytes)} of memory`, job: { memoryBytes } });
  }
  const cpus = Math.max(1, Math.ceil((used.cpus ?? Infinity) * RESERVE));
  if (cpus <= asked.cpus * WORTHWHILE) asks.push({ text: `with ${cpus} CPU${cpus === 1 ? '' : 's'}`, job: { cpus } });
  if (asked.numGpus > 0 && (used.gpuIdle ?? 0) >= IDLE_ALL_THE_TIME) {
    const none = { numGpus: 0, gpuModels: undefined, minGpuMemoryBytes: undefined, gpuMemoryBytes: undefined };
    asks.push({ text: 'without GPUs', job: none });
  }
  const gpuMemoryBytes = Math.ceil(((used.gpuMemoryPeakBytes ?? Infinity) * RESERVE) / GB) * GB;
  if (asked.numGpus > 0 && gpuMemoryBytes <= (asked.gpuMemoryBytes ?? 0) * WORTHWHILE) {
    asks.push({ text: `with ${gigabytes(gpuMemoryBytes)} of GPU memory`, job: { gpuMemoryBytes } });
  }
  return asks;
}

/** A change and how much earlier the job would have started with it, in ms. */
export type ProvenGain = LeanerAsk & { gainMs: number };

/**
 * Plays the trace once as it was and once with each change, and tells the difference.
 * @param trace with everything that was there between the job's submission and its start
 * @returns undefined if the job does not start in the replay
 */
export function provenGains(
  trace: Trace,
  policy: Policy,
  position: number,
  asks: readonly LeanerAsk[],
): ProvenGain[] | undefined {
  const startIn = (played: Trace): number =>
    simulate(played, policy, { runTimes: 'learned' }).startedAt[position] ?? Number.NaN;
  const before = startIn(trace);
  if (Number.isNaN(before)) return undefined;
  return asks.map((ask) => {
    const jobs = trace.jobs.map((job, at) => (at === position ? { ...job, ...ask.job } : job));
    const after = startIn({ ...trace, jobs });
    return { ...ask, gainMs: Number.isNaN(after) ? 0 : Math.max(0, before - after) };
  });
}

/** To a length that people write: minutes, quarters of an hour, hours. */
function roundedUp(ms: number): number {
  const step = ms < 30 * MINUTE_MS ? MINUTE_MS : ms < 4 * HOUR_MS ? 15 * MINUTE_MS : HOUR_MS;
  return Math.ceil(ms / step) * step;
}

function durationWords(ms: number): string {
  const hours = Math.floor(ms / HOUR_MS);
  const minutes = Math.round((ms % HOUR_MS) / MINUTE_MS);
  return [hours > 0 ? `${hours} h` : '', minutes > 0 ? `${minutes} min` : ''].filter(Boolean).join(' ');
}
