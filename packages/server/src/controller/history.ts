// The queue's own past in the words of the contract, for `dopq simulate`.
import { DopqError, type HistoryQuery, type RecordedHistory, type RecordedRun } from '@dopq/contract';
import type { Limits, Policy, Snapshot } from '@dopq/scheduler';
import type { z } from 'zod';
import type { RecordedRunRow } from '../store/recorded-runs.ts';
import type { ControllerDeps } from './deps.ts';

/** @throws DopqError ENGINE_UNAVAILABLE while the engine was never met: the machine is not known */
export function readHistory(
  deps: ControllerDeps,
  { since_seconds: since }: z.infer<typeof HistoryQuery>,
): RecordedHistory {
  const { store, queue, clock } = deps;
  const outlook = queue.outlook();
  if (!outlook) throw new DopqError('ENGINE_UNAVAILABLE', 'The machine is not known yet: the engine has not answered.');
  const now = clock.now();
  const from = since === undefined ? 0 : now - since * 1000;
  const rows = store.pastRuns.recorded(from);
  const began = from > 0 ? from : Math.min(now, ...rows.map(({ queuedAt }) => queuedAt));
  const isBefore = ({ startedAt }: RecordedRunRow): boolean => startedAt !== null && startedAt < began;
  const { snapshot, policy } = outlook;
  return {
    began_at: iso(began),
    ended_at: iso(now),
    machines: snapshot.machines.map(presentMachine),
    policy: presentPolicy(policy),
    users: [...(snapshot.users ?? [])],
    past: snapshot.history.filter(({ finishedAt }) => finishedAt <= began).map(presentPast),
    running: rows
      .filter(isBefore)
      .map((row) => ({ ...presentRun(row), machine: row.machineId ?? '', gpus: row.gpuUuids })),
    runs: rows.filter((row) => !isBefore(row)).map(presentRun),
  };
}

function presentRun(row: RecordedRunRow): RecordedRun {
  const { gpuModels = [], minGpuMemoryBytes = null, gpuMemoryBytes = null } = row.wishes;
  return {
    job_id: row.jobId,
    name: row.name,
    user: row.user,
    num_gpus: row.numGpus,
    num_slots: row.numSlots,
    memory_bytes: row.memoryBytes,
    cpus: row.cpus,
    gpu_models: gpuModels,
    min_gpu_memory_bytes: minGpuMemoryBytes,
    gpu_memory_bytes: gpuMemoryBytes,
    priority: row.priority,
    nice: row.nice,
    own_rank: row.ownRank,
    place_at: isoOrNull(row.placeAt),
    not_before_at: isoOrNull(row.notBeforeAt),
    time_limit_seconds: row.timeLimitMs === null ? null : row.timeLimitMs / 1000,
    after: row.dependsOn.map(({ jobId, condition }) => ({ job_id: jobId, condition })),
    array: row.arrayId === null || row.maxParallel === null ? null : { id: row.arrayId, max_parallel: row.maxParallel },
    queued_at: iso(row.queuedAt),
    started_at: isoOrNull(row.startedAt),
    ended_at: isoOrNull(row.endedAt),
  };
}

function presentMachine({ id, gpus, memoryBytes, cpus }: Snapshot['machines'][number]): RecordedHistory['machines'][0] {
  return {
    id,
    memory_bytes: memoryBytes,
    cpus,
    gpus: gpus.map(({ uuid, model, memoryBytes: bytes, slots }) => ({ uuid, model, memory_bytes: bytes, slots })),
  };
}

function presentPast(run: Snapshot['history'][number]): RecordedHistory['past'][0] {
  return {
    job_id: run.id,
    user: run.user,
    started_at: iso(run.startedAt),
    ended_at: iso(run.finishedAt),
    models: [...run.models],
    gpu_share: run.gpuShare ?? 1,
    memory_bytes: run.memoryBytes,
    cpus: run.cpus,
  };
}

function presentPolicy(policy: Policy): RecordedHistory['policy'] {
  const { kind, backfill = 'conservative', protectedJobs, limits } = policy;
  const fair = kind === 'fair-share' ? policy : undefined;
  return {
    kind,
    half_life_seconds: fair?.halfLifeMs === undefined ? null : fair.halfLifeMs / 1000,
    gpu_weights: { ...fair?.gpuWeights },
    shares: { ...fair?.shares },
    backfill,
    protected_jobs: protectedJobs ?? null,
    limits: limits
      ? {
          per_user: presentLimits(limits.perUser),
          total: presentLimits(limits.total),
          users: Object.fromEntries(
            Object.entries(limits.users ?? {}).map(([user, own]) => [user, presentLimits(own)]),
          ),
        }
      : null,
  };
}

function presentLimits({ runningJobs, runningGpus, queuedJobs }: Limits = {}) {
  return { running_jobs: runningJobs, running_gpus: runningGpus, queued_jobs: queuedJobs };
}

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));
