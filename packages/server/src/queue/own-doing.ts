import { removeKey } from './correct.ts';
import { startKey } from './start.ts';
import type { World } from './world.ts';

/** Whether the engine only tells of what the queue is having it do: that is heard of when it is done. */
export function isOwnDoing(
  { store, tasks }: Pick<World, 'store' | 'tasks'>,
  hint: string,
  container?: string,
): boolean {
  const isIt = ({ containerName }: { containerName: string }) => containerName === container;
  // Of one that ended at once the start's answer is still to come, and nothing can be read of it before.
  if (hint === 'start' || hint === 'die')
    return store.attempts.active().some((it) => isIt(it) && tasks.has(startKey(it.jobId)));
  if (hint === 'destroy') return store.attempts.toClear().some((it) => isIt(it) && tasks.has(removeKey(it)));
  return false;
}
