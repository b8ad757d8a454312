// Ending the server from afar. Jobs run on by default: their containers need no DoPQ, and the next start adopts them.
import { actorOf, type Caller } from './caller.ts';
import type { ControllerDeps } from './deps.ts';
import { endJob } from './jobs.ts';
import { lockQueue } from './lock.ts';

/** Answers before it happens, so that the caller hears of it. */
export function shutDown(
  deps: ControllerDeps,
  caller: Caller,
  { stop_jobs: stopJobs }: { stop_jobs: boolean },
): { running: number; stopping_jobs: boolean } {
  const { store, clock, log } = deps;
  const running = store.jobs.inStates('starting', 'running');
  const message = `shutdown with ${running.length} running jobs, which ${stopJobs ? 'are stopped first' : 'go on'}`;
  store.transaction(() => {
    store.events.append({ at: clock.now(), jobId: null, actor: actorOf(caller), kind: 'shutdown', message });
    if (!stopJobs || running.length === 0) return;
    // What is freed must not be given to the next one. The lock stays: who starts DoPQ again decides.
    lockQueue(deps, caller, { message: 'DoPQ is shut down' });
    for (const { id } of running) endJob(deps, caller, id, 'DoPQ is shut down');
  });
  log.warn(message);
  if (!stopJobs || running.length === 0) {
    // After the answer is on its way.
    setTimeout(() => deps.shutDown(), ANSWER_MS);
    return { running: running.length, stopping_jobs: false };
  }
  deps.queue.wake();
  const done = store.onCommit(() => {
    if (store.jobs.inStates('starting', 'running').length > 0) return;
    done();
    deps.shutDown();
  });
  return { running: running.length, stopping_jobs: true };
}

const ANSWER_MS = 200;
