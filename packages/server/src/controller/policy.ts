// The policy in force, and changing it while jobs run. config.ini stays what a reset goes back to.
import { type ChangePolicy, type Policy, type PolicySettings, SETTING_NAMES } from '@dopq/contract';
import type { Config } from '../config/shape.ts';
import { type QueueChanges, queueChanges, queueSettings } from '../queue-rules/policy.ts';
import { actorOf, type Caller } from './caller.ts';
import type { ControllerDeps } from './deps.ts';

type Name = keyof PolicySettings;

/** The wire's name of each setting -> ours; times are seconds there and milliseconds here. */
const FIELDS = {
  policy: 'policy',
  half_life_seconds: 'halfLifeMs',
  gpu_weights: 'gpuWeights',
  backfill: 'backfill',
  protected_jobs: 'protectedJobs',
  max_running_jobs_per_user: 'maxRunningJobsPerUser',
  max_running_gpus_per_user: 'maxRunningGpusPerUser',
  max_queued_jobs_per_user: 'maxQueuedJobsPerUser',
  max_running_jobs: 'maxRunningJobs',
  max_running_gpus: 'maxRunningGpus',
  max_queued_jobs: 'maxQueuedJobs',
  default_time_limit_seconds: 'defaultTimeLimitMs',
  max_time_limit_seconds: 'maxTimeLimitMs',
} as const satisfies Record<Name, keyof QueueChanges>;

export function readPolicy(deps: ControllerDeps): Policy {
  const changes = queueChanges(deps.store.settings);
  return {
    settings: present(queueSettings(deps)),
    configured: present(deps.config.queue),
    changed: SETTING_NAMES.filter((name) => FIELDS[name] in changes),
  };
}

export function changePolicy(deps: ControllerDeps, caller: Caller, { set, reset }: ChangePolicy): Policy {
  const { store, clock, queue, log } = deps;
  store.transaction(() => {
    const before = readPolicy(deps);
    const changes: Record<string, unknown> = { ...queueChanges(store.settings) };
    for (const name of reset) delete changes[FIELDS[name]];
    for (const name of SETTING_NAMES) {
      if (set[name] !== undefined)
        changes[FIELDS[name]] = isSeconds(name) ? toMs(set[name] as number | null) : set[name];
    }
    if (Object.keys(changes).length === 0) store.settings.remove('policy');
    else store.settings.set('policy', JSON.stringify(changes));
    const message = differences(before.settings, readPolicy(deps).settings);
    if (message === '') return;
    store.events.append({ at: clock.now(), jobId: null, actor: actorOf(caller), kind: 'policy_changed', message });
    log.warn(`the policy was changed: ${message}`);
  });
  queue.wake();
  return readPolicy(deps);
}

function present(queue: Config['queue']): PolicySettings {
  const entries = SETTING_NAMES.map((name) => {
    const value = queue[FIELDS[name]];
    return [name, isSeconds(name) && typeof value === 'number' ? value / 1000 : value];
  });
  return Object.fromEntries(entries) as PolicySettings;
}

const isSeconds = (name: Name): boolean => name.endsWith('_seconds');
const toMs = (seconds: number | null): number | null => (seconds === null ? null : Math.round(seconds * 1000));

function differences(before: PolicySettings, after: PolicySettings): string {
  return SETTING_NAMES.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map(
      (name) =>
        `${name.replaceAll('_', ' ')} ${JSON.stringify(after[name])} instead of ${JSON.stringify(before[name])}`,
    )
    .join(', ');
}
