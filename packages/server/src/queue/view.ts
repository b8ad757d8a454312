// The queue as people see it: order, reasons and penalties from the very plan that the loop acts on.
import { penalties, type Prediction } from '@dopq/scheduler';
import { drainReason, machineDrainReason } from '../queue-rules/drained.ts';
import { findLock, lockWords } from '../queue-rules/lock.ts';
import { decide } from './decide.ts';
import type { Decision, Sight, World } from './world.ts';

export interface QueueView {
  /** IDs of queued jobs, next one first. */
  order: number[];
  /** Why each queued job waits, one clause; also why a job that is to end does not. */
  reasons: Map<number, string>;
  /** When queued jobs will start; empty while nothing starts. */
  predictions: Map<number, Prediction>;
  /** User -> penalty. */
  penalties: Map<string, number>;
  /** GPUs that are not given out now, and why. */
  unusableGpus: Map<string, { state: 'outside' | 'stale' | 'drained'; reason: string }>;
  /** Host pid of a process on a GPU -> its job, for those in our containers. */
  jobsByPid: Map<number, number>;
}

/**
 * @param sight undefined while the engine has not been met
 * @param decided what was decided from that sight; without it, it is decided here
 */
export function viewOf(world: World, sight: Sight | undefined, decided?: Decision): QueueView {
  const stopped = findStop(world)?.reason;
  if (!sight) {
    const order = world.store.jobs.waiting().map((job) => job.id);
    const reasons = new Map(order.map((id) => [id, stopped ?? 'DoPQ is starting']));
    return {
      order,
      reasons,
      predictions: new Map(),
      penalties: new Map(),
      unusableGpus: new Map(),
      jobsByPid: new Map(),
    };
  }
  const { snapshot, policy, now, plan } = decided ?? decide(world, sight);
  return {
    order: [...plan.order],
    reasons: new Map([
      ...plan.order.map((id) => [id, stopped ?? plan.reasons.get(id)?.text ?? 'next to start'] as const),
      ...stuckReasons(world),
    ]),
    predictions: predictionsOf(world),
    penalties: new Map(penalties(snapshot, policy, now)),
    jobsByPid: sight.gpuOwners.jobsByPid,
    unusableGpus: new Map(
      snapshot.machines
        .flatMap((machine) => machine.gpus)
        .filter((gpu) => !gpu.usable)
        .map((gpu) => [
          gpu.uuid,
          {
            state: gpuState(world, sight, gpu.uuid),
            reason: gpu.blockedReason ?? 'not usable',
          },
        ]),
    ),
  };
}

function stuckReasons({ stuck, store }: World): [number, string][] {
  return [...stuck].map(([id, words]) => {
    const asked = store.jobs.find(id)?.reason ?? 'stopping: it reached its time limit';
    return [id, `${asked}; its container does not end, so it keeps what it has: ${words}`];
  });
}

/** The same view with the newest predictions. */
export function withPredictions(world: World, view: QueueView): QueueView {
  return { ...view, predictions: predictionsOf(world) };
}

function predictionsOf(world: World): QueueView['predictions'] {
  return findStop(world) === undefined ? new Map(world.forecaster.latest) : new Map();
}

/** Why nothing at all starts now, and what ends that. */
export interface Stop {
  reason: string;
  /** `when it is unlocked`. */
  until: string;
}

export function findStop({ outages, store, clock, engine, storageTrouble }: World): Stop | undefined {
  if (storageTrouble !== undefined) return { reason: storageTrouble, until: 'when DoPQ can write again' };
  if (outages.down) {
    return {
      reason: `the Docker Engine is out: ${outages.down.message}`,
      until: 'when the Docker Engine answers again',
    };
  }
  const lock = findLock(store.settings, clock.now());
  if (lock) {
    const latest = lock.until === null ? '' : `, at ${new Date(lock.until).toISOString()} at the latest`;
    return { reason: lockWords(lock), until: `when it is unlocked${latest}` };
  }
  const drained = machineDrainReason(store.drains.list(), engine.machineId);
  return drained === undefined ? undefined : { reason: drained, until: 'when the machine is no longer drained' };
}

function gpuState({ store, engine }: World, sight: Sight, uuid: string): 'drained' | 'outside' | 'stale' {
  if (drainReason(store.drains.list(), engine.machineId, uuid) !== undefined) return 'drained';
  return sight.gpuOwners.outside.has(uuid) ? 'outside' : 'stale';
}
