// The policy in force: config.ini's `[queue]`, with what was changed at run time in its place.
import type { Config } from '../config/shape.ts';
import type { Settings } from '../store/settings.ts';

export const CHANGEABLE = [
  'policy',
  'halfLifeMs',
  'gpuWeights',
  'backfill',
  'protectedJobs',
  'maxRunningJobsPerUser',
  'maxRunningGpusPerUser',
  'maxQueuedJobsPerUser',
  'maxRunningJobs',
  'maxRunningGpus',
  'maxQueuedJobs',
  'defaultTimeLimitMs',
  'maxTimeLimitMs',
] as const satisfies (keyof Config['queue'])[];

export type QueueChanges = Partial<Pick<Config['queue'], (typeof CHANGEABLE)[number]>>;

/** What differs from config.ini because somebody changed it here. */
export function queueChanges(settings: Settings): QueueChanges {
  const text = settings.find('policy');
  return text === undefined ? {} : (JSON.parse(text) as QueueChanges);
}

/** The `[queue]` section as it holds now. */
export function queueSettings({
  config,
  store,
}: {
  config: Pick<Config, 'queue'>;
  store: { settings: Settings };
}): Config['queue'] {
  return { ...config.queue, ...queueChanges(store.settings) };
}
