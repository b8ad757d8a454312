// More time for a job with a limit. Granted where nobody pays for it; else it takes an operator.
import { DopqError, type Job } from '@dopq/contract';
import { queueSettings } from '../queue-rules/policy.ts';
import type { ControllerDeps } from './deps.ts';
import { actorOf, type Caller, needRole } from './caller.ts';
import { present, recordOf } from './jobs.ts';

/** @throws DopqError JOB_NOT_FOUND, JOB_NOT_ACTIVE, JOB_HAS_NO_LIMIT, EXTENSION_REFUSED; ROLE_NEEDED to force it */
export function extendJob(
  deps: ControllerDeps,
  caller: Caller,
  { id, by_seconds: bySeconds, force }: { id: number; by_seconds: number; force: boolean },
): Job {
  const { store, queue } = deps;
  if (force) needRole(caller, 'operator', 'To force an extension');
  const extended = store.transaction(() => {
    const job = recordOf(deps, id);
    if (job.state === 'finished') throw new DopqError('JOB_NOT_ACTIVE', `Job #${id} has ended (${job.outcome}).`);
    if (job.timeLimitMs === null) throw new DopqError('JOB_HAS_NO_LIMIT', `Job #${id} has no time limit.`);
    const timeLimitMs = job.timeLimitMs + Math.round(bySeconds * 1000);
    if (!force) refuseAtOthersCost(deps, id, timeLimitMs);
    const message = `time limit ${timeLimitMs / 1000} s instead of ${job.timeLimitMs / 1000} s${force ? ', forced' : ''}`;
    return (
      store.jobs.change(id, [job.state], { timeLimitMs }, { actor: actorOf(caller), kind: 'extended', message }) ?? job
    );
  });
  queue.wake();
  return present(deps, extended, queue.view());
}

function refuseAtOthersCost(deps: ControllerDeps, id: number, timeLimitMs: number): void {
  const most = queueSettings(deps).maxTimeLimitMs;
  if (most !== null && timeLimitMs > most) {
    throw new DopqError('EXTENSION_REFUSED', `Jobs here may run for ${most / 1000} seconds ([queue] time.limit.max).`);
  }
  const delayed = deps.queue.delayedBy(id, timeLimitMs);
  if (delayed.length === 0) return;
  const names = delayed.slice(0, 5).map((other) => `#${other}`);
  const more = delayed.length > names.length ? ` and ${delayed.length - names.length} more` : '';
  throw new DopqError('EXTENSION_REFUSED', `With that, ${names.join(', ')}${more} would start later.`);
}
