// From table, engine and hardware to what the scheduler is told.
import type { Gpu, Machine, PastRun, RunningJob, Snapshot } from '@dopq/scheduler';
import type { EngineInfo } from '../engines/engine.ts';
import type { GpuSample } from '../hardware/hardware.ts';
import type { ActiveAttempt } from '../store/attempts.ts';
import type { PastRunRecord } from '../store/past-runs.ts';
import { drainReason } from '../queue-rules/drained.ts';
import { arrayOf, queuedJob } from '../queue-rules/queued-job.ts';
import { queueSettings } from '../queue-rules/policy.ts';
import { isOver } from './dependencies.ts';
import type { World } from './world.ts';

/** After so many half-lives a use weighs less than a millionth. */
const HALF_LIVES_KEPT = 20;

export function snapshotOf(world: World, engine: EngineInfo, outsideUse: ReadonlyMap<string, string>): Snapshot {
  const { store, clock } = world;
  const now = clock.now();
  return {
    machines: [machineOf(world, engine, outsideUse, now)],
    queued: store.jobs.waiting().map((job) => queuedJob(job, (dependency) => isOver(store, dependency))),
    running: store.attempts.active().map((attempt) => runningJob(world, attempt, now)),
    history: store.pastRuns
      .newest(now - HALF_LIVES_KEPT * queueSettings(world).halfLifeMs)
      .map((run) => pastRun(run, now)),
    users: store.users.list().map((user) => user.name),
  };
}

function machineOf(world: World, engine: EngineInfo, outsideUse: ReadonlyMap<string, string>, now: number): Machine {
  const sample = world.hardware.gpus();
  const stale = staleReason(sample, now, world.config.queue.gpuSampleMaxAgeMs);
  const drains = world.store.drains.list();
  const machineId = world.engine.machineId;
  return {
    id: machineId,
    cpus: engine.cpus,
    memoryBytes: engine.memoryBytes,
    gpus: sample.gpus.map((reading): Gpu => {
      const blockedReason = drainReason(drains, machineId, reading.uuid) ?? stale ?? outsideUse.get(reading.uuid);
      return {
        uuid: reading.uuid,
        model: reading.name,
        memoryBytes: reading.memoryBytes ?? 0,
        slots: world.config.queue.maxGpuAssignment,
        usable: blockedReason === undefined,
        blockedReason,
      };
    }),
  };
}

/** Why no GPU may be given out now, undefined if the newest reading is fresh. */
export function staleReason(sample: GpuSample, now: number, maxAgeMs: number): string | undefined {
  if (sample.state === 'absent' || sample.at === undefined) return sample.message ?? 'the GPUs have not been read yet';
  const ageMs = now - sample.at;
  // One from the future was read before the clock was set back.
  if (Math.abs(ageMs) <= maxAgeMs) return undefined;
  return `not read for ${Math.round(Math.abs(ageMs) / 1000)} s${sample.message ? `: ${sample.message}` : ''}`;
}

function runningJob({ runTimes }: World, attempt: ActiveAttempt, now: number): RunningJob {
  const { containerName, startedAt: recorded, job } = attempt;
  const startedAt = recorded === null ? now : Math.min(now, runTimes.begunAt({ containerName, startedAt: recorded }));
  return {
    id: attempt.jobId,
    user: job.user,
    machineId: attempt.machineId,
    gpuUuids: attempt.gpuUuids,
    numSlots: attempt.numSlots,
    gpuMemoryBytes: attempt.gpuMemoryBytes ?? undefined,
    array: arrayOf(job),
    memoryBytes: attempt.memoryBytes,
    cpus: attempt.cpus,
    startedAt,
    limitEndAt: job.timeLimitMs === null ? undefined : startedAt + job.timeLimitMs,
  };
}

/** What was recorded before a clock was set back may lie ahead; to the scheduler it has just been. */
function pastRun(run: PastRunRecord, now: number): PastRun {
  return {
    id: run.jobId,
    user: run.user,
    startedAt: Math.min(now, run.startedAt ?? 0),
    finishedAt: Math.min(now, run.endedAt ?? 0),
    models: run.gpuModels,
    gpuShare: run.gpuShare,
    memoryBytes: run.memoryBytes,
    cpus: run.cpus,
  };
}
