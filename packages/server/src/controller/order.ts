// What people may change about jobs that wait: whether they wait for a person, their class, their place among their user's own.
import { DopqError, type Job, type JobState, type MoveJobs } from '@dopq/contract';
import type { z } from 'zod';
import { writePlaces } from '../queue-rules/own-places.ts';
import type { JobPatch, JobRecord } from '../store/jobs.ts';
import { NO_PROMISE } from '../store/promises.ts';
import type { ControllerDeps } from './deps.ts';
import { actorOf, type Caller, hasRole, nameOf } from './caller.ts';
import { present, recordOf } from './jobs.ts';
import { holderOf } from '../conventions/present-job.ts';

const BEFORE_QUEUED: readonly JobState[] = ['receiving', 'checking', 'building'];
const NO_HOLD = { hold: null, heldBy: null } as const;

/**
 * Keeps a job from starting until it is released. One that is not built yet is held as soon as it is. An operator who holds
 * what its owner holds already takes the hold over.
 * @throws DopqError JOB_NOT_FOUND, JOB_NOT_WAITING
 */
export function holdJob(deps: ControllerDeps, caller: Caller, id: number, why?: string): Job {
  const heldBy = actorOf(caller);
  return changeJob(deps, caller, id, (job) => {
    const isOthers = isOperators({ user: job.user, heldBy });
    const hold = `by ${nameOf(caller)}${isOthers && caller.user !== null ? ', an operator' : ''}${why ? `: ${why}` : ''}`;
    const message = `held ${hold}`;
    // One whose image could not be made keeps that reason: it says what has to be mended.
    if (job.state === 'held' && (job.imageId === null || !isOthers || isOperators(job))) return { patch: {}, message };
    if (job.state === 'held') return { patch: { hold, heldBy, reason: message }, message };
    if (BEFORE_QUEUED.includes(job.state)) {
      return { patch: isOperators(job) && !isOthers ? {} : { hold, heldBy }, message: `to be ${message}` };
    }
    if (job.state !== 'queued') throw notWaiting(job);
    const leaves = { placeAt: null, ownRank: null, ...NO_PROMISE } as const;
    return { patch: { state: 'held', hold, heldBy, reason: message, ...leaves }, message };
  });
}

/**
 * Lets a held job wait for its start, with a new place: time on hold is no waiting. What an operator holds, operators release.
 * @throws DopqError JOB_NOT_FOUND, JOB_NOT_HELD, HELD_BY_OPERATOR
 */
export function releaseJob(deps: ControllerDeps, caller: Caller, id: number): Job {
  let isToBeBuilt = false;
  const released = changeJob(deps, caller, id, (job) => {
    const message = `released by ${nameOf(caller)}`;
    if (isOperators(job) && !hasRole(caller, 'operator')) throw heldByOperator(job);
    // It was held because its image could not be made.
    isToBeBuilt = job.state === 'held' && job.imageId === null;
    if (isToBeBuilt) {
      return { patch: { state: 'building', ...NO_HOLD, reason: 'waits for its turn to be built' }, message };
    }
    if (job.state === 'held') {
      return { patch: { state: 'queued', ...NO_HOLD, reason: null, queuedAt: deps.store.waitingLine.end() }, message };
    }
    if (BEFORE_QUEUED.includes(job.state) && job.hold !== null) return { patch: NO_HOLD, message };
    throw new DopqError('JOB_NOT_HELD', `Job #${id} is not held: it is ${job.state}.`);
  });
  if (isToBeBuilt) deps.provider.intake(id);
  return released;
}

/** @throws DopqError JOB_NOT_FOUND, JOB_NOT_WAITING */
export function prioritizeJob(deps: ControllerDeps, caller: Caller, id: number, priority: number): Job {
  return changeJob(deps, caller, id, (job) => {
    if (!isAhead(job)) throw notWaiting(job);
    return { patch: { priority, ...NO_PROMISE }, message: `priority ${priority}` };
  });
}

/** @throws DopqError JOB_NOT_FOUND, JOB_NOT_WAITING */
export function niceJob(deps: ControllerDeps, caller: Caller, id: number, nice: number): Job {
  return changeJob(deps, caller, id, (job) => {
    if (!isAhead(job)) throw notWaiting(job);
    return { patch: { nice, ...NO_PROMISE }, message: `nice ${nice}` };
  });
}

/**
 * Reorders jobs of one user among themselves.
 * @throws DopqError JOB_NOT_FOUND, JOB_NOT_WAITING, BAD_REQUEST if they are of several users or the anchor is missing
 */
export function moveJobs(deps: ControllerDeps, caller: Caller, { ids, to, anchor }: z.infer<typeof MoveJobs>): Job[] {
  const { store } = deps;
  const { order } = deps.queue.view();
  store.transaction(() => {
    const moved = [...new Set(ids)].map((id) => waitingOf(deps, id));
    const user = moved[0]?.user ?? '';
    if (moved.some((job) => job.user !== user)) throw notTheirs('They are jobs of several users.');
    const own = order.map((id) => store.jobs.find(id)).filter((job) => job?.user === user && job.state === 'queued');
    const rest = own.filter((job): job is JobRecord => job !== undefined && !moved.some(({ id }) => id === job.id));
    const at = placeIn(rest, to, anchor);
    // Those that are moved take the nice value of where they go, or it would undo the move.
    const nice = (rest[to === 'last' || to === 'after' ? at - 1 : at] ?? moved[0])?.nice ?? 0;
    rest.splice(at, 0, ...moved.map((job) => ({ ...job, nice })));
    for (const [ownRank, job] of rest.entries()) {
      const isMoved = moved.some(({ id }) => id === job.id);
      const event = {
        actor: actorOf(caller),
        kind: 'moved',
        message: `place ${ownRank + 1} among the jobs of ${user}`,
      };
      store.jobs.change(job.id, ['queued'], { ownRank, nice: job.nice, ...NO_PROMISE }, isMoved ? event : undefined);
    }
    writePlaces(store, user);
  });
  deps.queue.wake();
  const view = deps.queue.view();
  return ids.map((id) => present(deps, recordOf(deps, id), view));
}

function placeIn(rest: readonly JobRecord[], to: 'first' | 'last' | 'before' | 'after', anchor?: number): number {
  if (to === 'first') return 0;
  if (to === 'last') return rest.length;
  const at = rest.findIndex(({ id }) => id === anchor);
  if (at < 0)
    throw notTheirs(`Job ${anchor === undefined ? 'to go by' : `#${anchor}`} is no other waiting job of that user.`);
  return to === 'before' ? at : at + 1;
}

function changeJob(
  deps: ControllerDeps,
  caller: Caller,
  id: number,
  decide: (job: JobRecord) => { patch: JobPatch; message: string },
): Job {
  const changed = deps.store.transaction(() => {
    const job = recordOf(deps, id);
    const { patch, message } = decide(job);
    if (Object.keys(patch).length === 0) return job;
    const event = { actor: actorOf(caller), kind: patch.state ?? 'changed', message };
    const result = deps.store.jobs.change(id, [job.state], patch, event) ?? job;
    writePlaces(deps.store, job.user);
    deps.log.info({ jobId: id, user: job.user }, `#${id} ${job.name}: ${message}`);
    return result;
  });
  deps.queue.wake();
  return present(deps, changed, deps.queue.view());
}

const isOperators = (job: Pick<JobRecord, 'user' | 'heldBy'>): boolean => holderOf(job) === 'operator';

function heldByOperator({ id, hold, heldBy }: JobRecord): DopqError {
  const who = heldBy?.startsWith('user:') ? heldBy.slice('user:'.length) : 'an administrator';
  return new DopqError('HELD_BY_OPERATOR', `Job #${id} is held ${hold}.`, {
    fix: `Ask ${who}, or any operator, to release it.`,
  });
}

const isAhead = ({ state }: JobRecord): boolean =>
  state === 'queued' || state === 'held' || BEFORE_QUEUED.includes(state);

function waitingOf(deps: ControllerDeps, id: number): JobRecord {
  const job = recordOf(deps, id);
  if (job.state !== 'queued') throw notWaiting(job);
  return job;
}

function notWaiting({ id, state, outcome }: JobRecord): DopqError {
  return new DopqError('JOB_NOT_WAITING', `Job #${id} does not wait in the queue: it is ${outcome ?? state}.`);
}

function notTheirs(message: string): DopqError {
  return new DopqError('BAD_REQUEST', message);
}
