// The lock stops starts and nothing else: intake, builds, running jobs and their limits go on.
import { DopqError, type Lock } from '@dopq/contract';
import { findLock, lockWords, recordedLock } from '../queue-rules/lock.ts';
import { actorOf, type Caller } from './caller.ts';
import type { ControllerDeps } from './deps.ts';

/** @throws DopqError BAD_REQUEST if it would have ended already */
export function lockQueue(
  deps: ControllerDeps,
  caller: Caller,
  wanted: { message: string; until?: string | undefined },
): Lock {
  const { store, clock, queue, log } = deps;
  const since = clock.now();
  const until = wanted.until === undefined ? null : Date.parse(wanted.until);
  if (until !== null && until <= since) {
    throw new DopqError('BAD_REQUEST', `The lock would end at ${wanted.until}, which is past.`, {
      fix: 'Give a time that is still to come, or none.',
    });
  }
  const lock = { message: wanted.message, actor: actorOf(caller), since, until };
  store.transaction(() => {
    store.settings.set('lock', JSON.stringify(lock));
    store.events.append({ at: since, jobId: null, actor: lock.actor, kind: 'locked', message: lockWords(lock) });
    log.warn(lockWords(lock));
  });
  queue.wake();
  return readLock(deps);
}

export function unlockQueue(deps: ControllerDeps, caller: Caller): Lock {
  const { store, clock, queue, log } = deps;
  store.transaction(() => {
    if (!recordedLock(store.settings)) return;
    store.settings.remove('lock');
    const event = { actor: actorOf(caller), kind: 'unlocked', message: 'jobs start again' };
    store.events.append({ at: clock.now(), jobId: null, ...event });
    log.warn('the queue is unlocked');
  });
  queue.wake();
  return readLock(deps);
}

/** The lock in force, if any. */
export function readLock({ store, clock }: ControllerDeps): Lock {
  const lock = findLock(store.settings, clock.now());
  if (!lock) return { locked: false, message: null, actor: null, since: null, until: null };
  return {
    locked: true,
    message: lock.message || null,
    actor: lock.actor,
    since: new Date(lock.since).toISOString(),
    until: lock.until === null ? null : new Date(lock.until).toISOString(),
  };
}
