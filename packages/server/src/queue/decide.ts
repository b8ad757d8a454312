// The look at the world that a plan is made from, and the plan. The loop and every view call the same code, so the screen
// and the queue cannot disagree.
import { type Limits, type Policy, plan } from '@dopq/scheduler';
import { LABELS, type ObservedContainer } from '../engines/engine.ts';
import { queueSettings } from '../queue-rules/policy.ts';
import type { UserRecord } from '../store/users.ts';
import type { Outlook } from './forecaster.ts';
import { findForeignContainers, findGpuOwners, type GpuOwners } from './gpu-owners.ts';
import { snapshotOf } from './snapshot.ts';
import type { Decision, Sight, World } from './world.ts';

/** Who uses GPUs: processes in our containers, processes outside them, and containers that others started with GPUs. */
export async function lookAround(world: World, observed: readonly ObservedContainer[]): Promise<GpuOwners> {
  const { gpus } = world.hardware.gpus();
  if (gpus.length === 0) return { outside: new Map(), jobsByPid: new Map() };
  const jobs = observed.map((container) => [container.id, Number(container.labels[LABELS.job])] as const);
  const owners = await findGpuOwners(gpus, new Map(jobs));
  for (const [uuid, container] of await findForeignContainers(world, gpus)) {
    if (!owners.outside.has(uuid)) owners.outside.set(uuid, `used outside DoPQ by the container ${container}`);
  }
  return owners;
}

/** All that a decision is made from. */
export function outlookOf(world: World, sight: Sight): Outlook {
  return {
    snapshot: snapshotOf(world, sight.engine, sight.gpuOwners.outside),
    policy: policyOf(world),
    now: world.clock.now(),
  };
}

export function decide(world: World, sight: Sight): Decision {
  const outlook = outlookOf(world, sight);
  return { ...outlook, plan: plan(outlook.snapshot, outlook.policy, outlook.now) };
}

export function policyOf(world: World): Policy {
  const queue = queueSettings(world);
  const { policy: kind, halfLifeMs, gpuWeights, backfill, protectedJobs } = queue;
  const users = world.store.users.list();
  const rules = { backfill, protectedJobs, limits: limitsOf(queue, users) };
  if (kind !== 'fair-share') return { kind, ...rules };
  const shares = Object.fromEntries(users.map((user) => [user.name, user.shares]));
  return { kind, halfLifeMs, gpuWeights, shares, ...rules };
}

/** Undefined where nothing is limited, so that nothing is counted. */
function limitsOf(queue: World['config']['queue'], users: readonly UserRecord[]): Policy['limits'] {
  const perUser = limits(queue.maxRunningJobsPerUser, queue.maxRunningGpusPerUser, queue.maxQueuedJobsPerUser);
  const total = limits(queue.maxRunningJobs, queue.maxRunningGpus, queue.maxQueuedJobs);
  const own = users.map((user) => [user.name, limits(user.maxRunningJobs, user.maxRunningGpus, user.maxQueuedJobs)]);
  const exceptions: Record<string, Limits> = Object.fromEntries(own.filter(([, limit]) => !isEmpty(limit)));
  if ([perUser, total, exceptions].every(isEmpty)) return undefined;
  return { perUser, total, users: exceptions };
}

const isEmpty = (limit: unknown): boolean => Object.keys(limit as object).length === 0;

function limits(runningJobs: number | null, runningGpus: number | null, queuedJobs: number | null): Limits {
  return {
    ...(runningJobs !== null && { runningJobs }),
    ...(runningGpus !== null && { runningGpus }),
    ...(queuedJobs !== null && { queuedJobs }),
  };
}
