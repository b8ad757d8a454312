// Reading jobs in the order they will be served, and cancelling them in whatever state they are.
import { DopqError, type Job, type JobEvent, type ListJobs } from '@dopq/contract';
import type { z } from 'zod';
import type { EventRecord } from '../store/events.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { ControllerDeps, QueueView } from './deps.ts';
import { presentJob } from './present-job.ts';

/** Everybody who reaches the socket in the private data directory is the server's owner. */
export const ADMIN = 'admin';

/** Where a job stands in the list of active jobs: what runs, then what waits for a GPU, then what is not so far yet. */
const STAGE = ['running', 'starting', 'queued', 'held', 'building', 'checking', 'receiving', 'finished'] as const;

/** Active jobs in the order they are served, then finished ones, newest first. */
export function listJobs(deps: ControllerDeps, query: z.infer<typeof ListJobs>): Job[] {
  const { scope, limit, ...filter } = query;
  const view = deps.queue.view();
  const active = scope === 'finished' ? [] : deps.store.jobs.list({ ...filter, scope: 'active', limit });
  // Views are bounded by max.history; accounting is not.
  const room = Math.min(limit - active.length, deps.config.queue.maxHistory);
  const finished =
    scope === 'active' || room <= 0 ? [] : deps.store.jobs.list({ ...filter, scope: 'finished', limit: room });
  return [...inServingOrder(active, view), ...finished].map((job) => present(deps, job, view));
}

/** @throws DopqError JOB_NOT_FOUND */
export function getJob(deps: ControllerDeps, id: number): Job {
  return present(deps, recordOf(deps, id), deps.queue.view());
}

/** @throws DopqError JOB_NOT_FOUND */
export function listEvents(deps: ControllerDeps, id: number): JobEvent[] {
  recordOf(deps, id);
  return deps.store.events.ofJob(id).map(presentEvent);
}

/**
 * Ends a job, whatever it is doing. What has no container ends at once; a container is stopped by the queue's next tick.
 * @throws DopqError JOB_NOT_FOUND, JOB_NOT_ACTIVE
 */
export function cancelJob(deps: ControllerDeps, id: number, why?: string): Job {
  const reason = `cancelled by ${ADMIN}${why ? `: ${why}` : ''}`;
  const job = deps.store.transaction(() => {
    const now = recordOf(deps, id);
    if (now.state === 'finished') throw new DopqError('JOB_NOT_ACTIVE', `Job #${id} has ended (${now.outcome}).`);
    return now.state === 'starting' || now.state === 'running'
      ? askToStop(deps, now, reason)
      : finish(deps, now, reason);
  });
  if (job.state === 'finished') deps.provider.abort(id);
  deps.queue.wake();
  return present(deps, job, deps.queue.view());
}

/** @throws DopqError JOB_NOT_FOUND */
export function recordOf(deps: ControllerDeps, id: number): JobRecord {
  const job = deps.store.jobs.find(id);
  if (!job) throw new DopqError('JOB_NOT_FOUND', `There is no job #${id}.`);
  return job;
}

function finish(deps: ControllerDeps, job: JobRecord, reason: string): JobRecord {
  const finishedAt = deps.clock.now();
  const cancelled = deps.store.jobs.change(
    job.id,
    [job.state],
    { state: 'finished', outcome: 'cancelled', reason, finishedAt, cancelRequestedAt: finishedAt, cancelActor: ADMIN },
    { actor: ADMIN, kind: 'finished', message: reason },
  );
  deps.log.info({ jobId: job.id, user: job.user, from: job.state }, reason);
  return cancelled ?? recordOf(deps, job.id);
}

function askToStop(deps: ControllerDeps, job: JobRecord, reason: string): JobRecord {
  if (job.cancelRequestedAt !== null) return job;
  const asked = deps.store.jobs.change(
    job.id,
    [job.state],
    { cancelRequestedAt: deps.clock.now(), cancelActor: ADMIN, reason: `stopping: ${reason}` },
    { actor: ADMIN, kind: 'cancel_requested', message: reason },
  );
  deps.log.info({ jobId: job.id, user: job.user, from: job.state }, `stopping: ${reason}`);
  return asked ?? recordOf(deps, job.id);
}

function inServingOrder(jobs: JobRecord[], view: QueueView): JobRecord[] {
  const place = new Map(view.order.map((id, index) => [id, index]));
  return jobs.toSorted(
    (a, b) =>
      STAGE.indexOf(a.state) - STAGE.indexOf(b.state) ||
      (place.get(a.id) ?? Number.MAX_SAFE_INTEGER) - (place.get(b.id) ?? Number.MAX_SAFE_INTEGER) ||
      (a.startedAt ?? 0) - (b.startedAt ?? 0) ||
      a.id - b.id,
  );
}

/** The job as everyone sees it, with its place and its reason as the queue sees them now. */
export function present(deps: ControllerDeps, job: JobRecord, view: QueueView): Job {
  const attempt = job.attempt > 0 ? deps.store.attempts.find(job.id, job.attempt) : undefined;
  const place = job.state === 'queued' ? view.order.indexOf(job.id) + 1 : 0;
  const reason = job.state === 'queued' ? view.reasons.get(job.id) : undefined;
  const prediction = job.state === 'queued' ? view.predictions.get(job.id) : undefined;
  return presentJob(job, { attempt, position: place || null, reason, prediction });
}

function presentEvent({ seq, at, jobId, actor, kind, message }: EventRecord): JobEvent {
  return { seq, at: new Date(at).toISOString(), job_id: jobId, actor, kind, message };
}
