// One job: what everyone sees of it, and cancelling it in whatever state it is.
import { DopqError, type Job, type JobDetail, type JobEvent } from '@dopq/contract';
import type { Actor, EventRecord } from '../store/events.ts';
import type { JobRecord } from '../store/jobs.ts';
import { actorOf, type Caller, nameOf } from './caller.ts';
import type { ControllerDeps, QueueView } from './deps.ts';
import { useNow } from './measured.ts';
import { presentJob } from '../conventions/present-job.ts';

/** @throws DopqError JOB_NOT_FOUND */
export function getJob(deps: ControllerDeps, id: number): JobDetail {
  const record = recordOf(deps, id);
  return { ...present(deps, record, deps.queue.view()), problems: record.problems };
}

/** @throws DopqError JOB_NOT_FOUND */
export function listEvents(deps: ControllerDeps, id: number): JobEvent[] {
  recordOf(deps, id);
  return deps.store.events.ofJob(id).map(presentEvent);
}

/**
 * Ends a job, whatever it is doing. What has no container ends at once; a container is stopped by the queue's next round.
 * @throws DopqError JOB_NOT_FOUND, JOB_NOT_ACTIVE
 */
export function cancelJob(deps: ControllerDeps, caller: Caller, id: number, why?: string): Job {
  const job = deps.store.transaction(() => endJob(deps, caller, id, why));
  forgetJobs(deps, [id]);
  return present(deps, job, deps.queue.view());
}

/**
 * The part of it that is recorded; `forgetJobs` comes after the commit.
 * @throws DopqError JOB_NOT_FOUND, JOB_NOT_ACTIVE, before anything is changed
 */
export function endJob(deps: ControllerDeps, caller: Caller, id: number, why?: string): JobRecord {
  const actor = actorOf(caller);
  const reason = `cancelled by ${nameOf(caller)}${why ? `: ${why}` : ''}`;
  const now = recordOf(deps, id);
  if (now.state === 'finished') throw new DopqError('JOB_NOT_ACTIVE', `Job #${id} has ended (${now.outcome}).`);
  return now.state === 'starting' || now.state === 'running'
    ? askToStop(deps, now, actor, reason)
    : finish(deps, now, actor, reason);
}

/** Has the Provider drop what it does for jobs that were ended, and the queue stop those that run. */
export function forgetJobs({ store, provider, queue }: ControllerDeps, ids: readonly number[]): void {
  for (const id of ids) if (store.jobs.get(id).state === 'finished') provider.abort(id);
  queue.wake();
}

/**
 * Ends all jobs of the array that a job is part of; what has ended already stays as it is.
 * @throws DopqError JOB_NOT_FOUND, JOB_NOT_ACTIVE if none of them is left
 */
export function cancelArray(deps: ControllerDeps, caller: Caller, id: number, why?: string): Job {
  const { arrayId } = recordOf(deps, id);
  const active = deps.store.jobs.membersOf(arrayId ?? id).filter(({ state }) => state !== 'finished');
  if (active.length === 0) throw new DopqError('JOB_NOT_ACTIVE', `All jobs of the array of #${id} have ended.`);
  deps.store.transaction(() => {
    for (const member of active) endJob(deps, caller, member.id, why);
  });
  forgetJobs(
    deps,
    active.map((member) => member.id),
  );
  return present(deps, recordOf(deps, id), deps.queue.view());
}

/** @throws DopqError JOB_NOT_FOUND */
export function recordOf(deps: ControllerDeps, id: number): JobRecord {
  const job = deps.store.jobs.find(id);
  if (!job || job.clearedAt !== null) throw new DopqError('JOB_NOT_FOUND', `There is no job #${id}.`);
  return job;
}

function finish(deps: ControllerDeps, job: JobRecord, actor: Actor, reason: string): JobRecord {
  const finishedAt = deps.clock.now();
  const cancelled = deps.store.jobs.change(
    job.id,
    [job.state],
    { state: 'finished', outcome: 'cancelled', reason, finishedAt, cancelRequestedAt: finishedAt, cancelActor: actor },
    { actor, kind: 'finished', message: reason },
  );
  deps.log.info({ jobId: job.id, user: job.user, from: job.state }, reason);
  return cancelled ?? recordOf(deps, job.id);
}

function askToStop(deps: ControllerDeps, job: JobRecord, actor: Actor, reason: string): JobRecord {
  if (job.cancelRequestedAt !== null) return job;
  const asked = deps.store.jobs.change(
    job.id,
    [job.state],
    { cancelRequestedAt: deps.clock.now(), cancelActor: actor, reason: `stopping: ${reason}` },
    { actor, kind: 'cancel_requested', message: reason },
  );
  deps.log.info({ jobId: job.id, user: job.user, from: job.state }, `stopping: ${reason}`);
  return asked ?? recordOf(deps, job.id);
}

/** The job as everyone sees it, with its place and its reason as the queue sees them now. */
export function present(deps: ControllerDeps, job: JobRecord, view: QueueView): Job {
  const attempt = job.attempt > 0 ? deps.store.attempts.find(job.id, job.attempt) : undefined;
  const isQueued = job.state === 'queued';
  return presentJob(job, {
    attempt,
    position: isQueued ? placesIn(view.order).get(job.id) : null,
    reason: job.state === 'finished' ? undefined : view.reasons.get(job.id),
    prediction: isQueued ? view.predictions.get(job.id) : undefined,
    gpuIndices: attempt ? gpuIndices(deps, attempt.gpuUuids) : [],
    use: job.state === 'running' ? useNow(deps, job.id) : null,
  });
}

const places = new WeakMap<readonly number[], Map<number, number>>();

/** Id -> place, 1 is next; counted once for each order, however many jobs are shown of it. */
function placesIn(order: readonly number[]): Map<number, number> {
  let found = places.get(order);
  if (found?.size !== order.length) {
    found = new Map(order.map((id, index) => [id, index + 1]));
    places.set(order, found);
  }
  return found;
}

function gpuIndices({ hardware }: ControllerDeps, uuids: readonly string[]): number[] {
  if (uuids.length === 0) return [];
  const { gpus } = hardware.gpus();
  return uuids.flatMap((uuid) => gpus.find((gpu) => gpu.uuid === uuid)?.index ?? []);
}

function presentEvent({ seq, at, jobId, actor, kind, message }: EventRecord): JobEvent {
  return { seq, at: new Date(at).toISOString(), job_id: jobId, actor, kind, message };
}
