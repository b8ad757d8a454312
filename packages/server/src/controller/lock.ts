// The lock stops starts and nothing else: intake, builds, running jobs and their limits go on.
import type { ControllerDeps } from './deps.ts';
import { actorOf, type Caller } from './caller.ts';

export function lockQueue(
  deps: ControllerDeps,
  caller: Caller,
  message: string,
): { locked: boolean; message: string | null } {
  const { store, clock, queue, log } = deps;
  store.transaction(() => {
    store.settings.set('lock', message);
    const words = `starts are stopped${message ? `: ${message}` : ''}`;
    store.events.append({ at: clock.now(), jobId: null, actor: actorOf(caller), kind: 'locked', message: words });
    log.warn(`the queue is locked: ${words}`);
  });
  queue.wake();
  return { locked: true, message: message || null };
}

export function unlockQueue(deps: ControllerDeps, caller: Caller): { locked: boolean; message: string | null } {
  const { store, clock, queue, log } = deps;
  store.transaction(() => {
    if (store.settings.find('lock') === undefined) return;
    store.settings.remove('lock');
    store.events.append({
      at: clock.now(),
      jobId: null,
      actor: actorOf(caller),
      kind: 'unlocked',
      message: 'jobs start again',
    });
    log.warn('the queue is unlocked');
  });
  queue.wake();
  return { locked: false, message: null };
}
