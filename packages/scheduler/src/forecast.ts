// When will it start: the queue as it is, walked into the future several times, each time with other run times out of the
// users' own past. P50 and P90 are read from these walks. Nobody new arrives in them.
import { LimitCounts } from './limits.ts';
import { penaltyBook } from './penalty-book.ts';
import type { Policy } from './policy.ts';
import { learnRunTimes, type Learned, possibleRunMs } from './run-time.ts';
import { Site } from './site.ts';
import { declaresGpuMemory, type QueuedJob, type RunningJob, type Snapshot } from './snapshot.ts';
import { type Arrival, Walk } from './walk.ts';

export interface Prediction {
  /** In half of the walks it had started by then. */
  p50At: number;
  /** In nine of ten. */
  p90At: number;
}

/** Of a longer queue only the first ones are met in every walk: those behind them start after so many that their sums vary little. */
const NEAR = 500;
/** So many walks go to the end of a long queue. */
const FAR_WALKS = 4;
/** There run times count in whole steps, so that much happens at the same moment: what starts in days is not told to the minute. */
const FAR_STEP_MS = 5 * 60_000;

export interface ForecastOptions {
  /** How many walks; default 20. */
  walks?: number | undefined;
  /** How many waiting jobs one pass of a walk looks at; default 500. */
  depth?: number | undefined;
}

/**
 * Predicts the start of every queued job. Jobs that could not start in any walk are absent. Without randomness: the same
 * snapshot gives the same figures; where every run time is known, both figures are what will happen if nobody new arrives.
 */
export function forecast(
  snapshot: Snapshot,
  policy: Policy,
  now: number,
  { walks = 20, depth = 500 }: ForecastOptions = {},
): Map<number, Prediction> {
  const learned = learnRunTimes(snapshot.history);
  const arrivals = arrivalsOf(snapshot.queued, now);
  const starts = new Map<number, number[]>();
  // The first walk says who is near.
  const near = new Set<number>();
  for (let walk = 0; walk < walks; walk += 1) {
    const isWhole = walk < FAR_WALKS || snapshot.queued.length <= NEAR;
    let missing = near.size;
    walkOnce(snapshot, policy, now, {
      learned,
      arrivals,
      depth,
      partOf: (id) =>
        isWhole && snapshot.queued.length > NEAR ? spread(id, walk, FAR_WALKS) : spread(id, walk, walks),
      onStart: (id, at) => {
        if (walk === 0 && near.size < NEAR) near.add(id);
        const isNear = near.has(id);
        if (isNear) missing -= 1;
        if (!isWhole && !isNear) return;
        const known = starts.get(id);
        if (known) known.push(at);
        else starts.set(id, [at]);
      },
      isOver: () => !isWhole && missing <= 0,
      stepMs: isWhole && snapshot.queued.length > NEAR ? FAR_STEP_MS : 1,
    });
  }
  return new Map([...starts].map(([id, times]) => [id, predictionOf(times)]));
}

interface OneWalk {
  learned: Learned;
  arrivals: readonly Arrival[];
  depth: number;
  /** Where in the user's run times this job lies in this walk, 0 to 1. */
  partOf(id: number): number;
  onStart(id: number, at: number): void;
  isOver(): boolean;
  /** Run times are rounded up to whole steps. */
  stepMs: number;
}

function walkOnce(snapshot: Snapshot, policy: Policy, now: number, one: OneWalk): void {
  const { learned } = one;
  const site = new Site(snapshot, learned, now, declaresGpuMemory(snapshot));
  const walk = new Walk({
    site,
    book: penaltyBook(policy, snapshot, learned, now),
    limits: new LimitCounts(policy, snapshot.running),
    policy,
    learned,
    arrivals: one.arrivals[Symbol.iterator](),
    realRunMs: (job) => inSteps(runMsOf(job, learned, one.partOf(job.id)), one.stepMs),
    onStart: ({ id }, at) => one.onStart(id, at),
    depth: one.depth,
    isOver: () => one.isOver(),
    hasDependencies: snapshot.queued.some(({ after }) => after?.length),
  });
  for (const job of snapshot.running) {
    const room = site.roomOf(job.machineId);
    if (!room) continue;
    const at = now + inSteps(endOf(job, learned, now, one.partOf(job.id)) - now, one.stepMs);
    walk.expectEnd({
      at,
      startedAt: job.startedAt,
      room,
      job: { id: job.id, user: job.user, numGpus: job.gpuUuids.length, array: job.array },
    });
  }
  walk.run();
}

/** A job that may not start yet joins when it may. */
function arrivalsOf(queued: readonly QueuedJob[], now: number): Arrival[] {
  return queued
    .map((job) => ({ at: Math.max(now, job.notBeforeAt ?? now), job }))
    .sort((a, b) => a.at - b.at || a.job.queuedAt - b.job.queuedAt || a.job.id - b.job.id);
}

const inSteps = (ms: number, stepMs: number): number => Math.ceil(ms / stepMs) * stepMs;

function runMsOf(job: QueuedJob, learned: Learned, part: number): number {
  const runMs = job.expectedRunMs ?? possibleRunMs(job.user, learned, 0, part);
  return Math.min(runMs, job.timeLimitMs ?? runMs);
}

function endOf(job: RunningJob, learned: Learned, now: number, part: number): number {
  const ranMs = Math.max(0, now - job.startedAt);
  if (job.expectedEndAt !== undefined && job.expectedEndAt > now) return job.expectedEndAt;
  const endAt = job.startedAt + possibleRunMs(job.user, learned, ranMs, part);
  return Math.max(now + 1, Math.min(endAt, job.limitEndAt ?? endAt));
}

/** Over all walks a job meets its run times evenly; which one it meets in which walk looks random. */
function spread(id: number, walk: number, walks: number): number {
  const offset = Math.imul(id, 0x9e3779b1) >>> 0;
  const stride = strideFor(walks, offset);
  return (((offset % walks) + walk * stride) % walks) / walks;
}

/** A step that meets every one of the walks before it comes back, so that two jobs rarely move together. */
function strideFor(walks: number, seed: number): number {
  let stride = (seed >>> 8) % walks || 1;
  while (gcd(stride, walks) !== 1) stride = (stride + 1) % walks || 1;
  return stride;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

function predictionOf(times: number[]): Prediction {
  times.sort((a, b) => a - b);
  const at = (part: number): number => times[Math.ceil(times.length * part) - 1] ?? 0;
  return { p50At: at(0.5), p90At: at(0.9) };
}
