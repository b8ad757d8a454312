// One round: list containers -> reconcile, then plan -> start. Everything that takes time (starts, stops, logs, removals) is
// set going and not waited for; what it changes wakes the next round.
import { gpuShareOf, type Machine, reconcile } from '@dopq/scheduler';
import type { EngineInfo, KnownContainer, ObservedContainer } from '../engines/engine.ts';
import { machineDrainReason } from '../queue-rules/drained.ts';
import { findLock, recordedLock } from '../queue-rules/lock.ts';
import { containerName, isOurName } from './container-name.ts';
import { correct, keepLog, removeKey } from './correct.ts';
import { decide, lookAround } from './decide.ts';
import { cancelHopeless } from './dependencies.ts';
import { warningAt } from './notice.ts';
import type { RunTimes } from './run-times.ts';
import { startAttempt, startKey } from './start.ts';
import type { AttemptRecord } from '../store/attempts.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { Decision, Sight, World } from './world.ts';

/** Between two looks into containers that run as recorded. */
const CLOSE_LOOK_MS = 5000;

/**
 * Sees what there is and puts right what is not as recorded.
 * @param engine what the engine said of itself after it last came back
 * @throws EngineError if the engine is out; what was not done is done by a later round
 */
export async function look(world: World, engine: EngineInfo): Promise<Sight> {
  cancelHopeless(world);
  const settled = settledAttempts(world);
  const listed = await world.engine.listContainers(alreadyKnown(world));
  const observed = listed.filter((container) => isOurName(container.name));
  if (isEndToJudge(world, observed)) await world.engine.ping();
  correct(world, reconcile(compare(world, settled, observed)));
  copyLogs(world, observed);
  return { engine, gpuOwners: await lookAround(world, observed) };
}

/**
 * The attempts that a list begun now can be held against. Others change while the engine answers: one that begins or ends
 * meanwhile has a container that the list may not show, and would be taken for lost or cleared.
 */
function settledAttempts({ store, tasks }: World): ReadonlySet<string> {
  const active = store.attempts.active().filter(({ jobId }) => !tasks.has(startKey(jobId)));
  return new Set([...active, ...store.attempts.toClear()].map(({ containerName }) => containerName));
}

function isEndToJudge({ store }: World, observed: readonly ObservedContainer[]): boolean {
  const active = new Set(store.attempts.active().map(({ containerName }) => containerName));
  return observed.some(({ name, status }) => status === 'exited' && active.has(name));
}

/**
 * What a list alone is enough for. The engine holds back its answer about a container while it starts or removes it, and
 * with that the whole round: with four starts under way each round took as long as the slowest of them. Running ones are
 * looked into every few seconds, for what others may have done to them.
 */
function alreadyKnown({ store, tasks, clock, closeLook }: World): KnownContainer {
  const now = clock.now();
  const isClose = Math.abs(now - closeLook.at) >= CLOSE_LOOK_MS;
  if (isClose) closeLook.at = now;
  const active = new Map(store.attempts.active().map((attempt) => [attempt.containerName, attempt]));
  const ended = new Map(store.attempts.toClear().map((attempt) => [attempt.containerName, attempt]));
  return (name, status) => {
    const attempt = active.get(name);
    if (attempt) {
      if (tasks.has(startKey(attempt.jobId))) return { unreadable: 'it is being started' };
      const isAsRecorded = status === 'running' && !isClose;
      return isAsRecorded && attempt.startedAt !== null ? { startedAt: attempt.startedAt } : undefined;
    }
    const gone = ended.get(name);
    if (!gone) return undefined;
    if (tasks.has(removeKey(gone))) return { unreadable: 'it is being removed' };
    return status === 'exited' && gone.startedAt !== null ? { startedAt: gone.startedAt } : undefined;
  };
}

function compare(
  world: World,
  settled: ReadonlySet<string>,
  observed: readonly ObservedContainer[],
): Parameters<typeof reconcile>[0] {
  const { store, tasks, outages, clock, config, runTimes } = world;
  const now = clock.now();
  const isSettled = ({ containerName }: { containerName: string }) => settled.has(containerName);
  const [active, ended] = [store.attempts.active(), store.attempts.toClear()];
  const onRecord = new Set([...active, ...ended].map(({ containerName }) => containerName));
  return {
    now,
    observed,
    outages: outages.windows(),
    isKept: (name) => onRecord.has(name) || store.attempts.isKnown(name),
    ended: ended.filter(isSettled),
    active: active.filter(isSettled).map(({ job, ...attempt }) => {
      const begunAt = begunAtOf(runTimes, attempt);
      const limitEndAt = begunAt === undefined || job.timeLimitMs === null ? undefined : begunAt + job.timeLimitMs;
      const warnAt = begunAt === undefined ? undefined : warningAt(job, begunAt, config.queue.timeLimitNoticeMs);
      return {
        ...attempt,
        state: job.state === 'starting' ? 'starting' : 'running',
        cancelRequested: job.cancelRequestedAt !== null,
        timedOut: limitEndAt !== undefined && now > limitEndAt,
        limitEndAt,
        warning: warningOf(attempt, warnAt, now),
        startInFlight: tasks.has(startKey(attempt.jobId)),
      };
    }),
  };
}

function begunAtOf(runTimes: RunTimes, { startedAt, containerName }: AttemptRecord): number | undefined {
  return startedAt === null ? undefined : runTimes.begunAt({ containerName, startedAt });
}

function warningOf(
  { warnedAt }: AttemptRecord,
  warnAt: number | undefined,
  now: number,
): 'due' | 'premature' | undefined {
  if (warnedAt === null) return warnAt !== undefined && now >= warnAt ? 'due' : undefined;
  return warnAt === undefined || now < warnAt ? 'premature' : undefined;
}

/** The next moment at which a round is due although nothing happens: a time limit, its notice, an earliest start. */
export function nextMoment({ store, clock, config, runTimes }: World): number {
  const now = clock.now();
  const active = store.attempts.active();
  const limits = active.flatMap(({ job, ...attempt }) => {
    const begunAt = begunAtOf(runTimes, attempt);
    if (begunAt === undefined || job.timeLimitMs === null) return [];
    return [warningAt(job, begunAt, config.queue.timeLimitNoticeMs) ?? Infinity, begunAt + job.timeLimitMs + 1];
  });
  runTimes.keep(new Set(active.map(({ containerName }) => containerName)));
  const earliestStarts = store.jobs.waiting().map(({ notBeforeAt }) => notBeforeAt ?? Infinity);
  return [...limits, ...earliestStarts].filter((at) => at > now).reduce((a, b) => Math.min(a, b), Infinity);
}

function copyLogs(world: World, observed: readonly ObservedContainer[]): void {
  const byName = new Map(observed.map((container) => [container.name, container]));
  for (const attempt of world.store.attempts.active()) {
    const container = byName.get(attempt.containerName);
    if (container?.startedAt !== undefined && !attempt.logComplete) keepLog(world, attempt, container);
  }
}

/** @returns undefined while the queue is locked. Of a long queue it is large: not to be kept */
export function startNext(world: World, sight: Sight): Decision | undefined {
  const { store, config, log, clock } = world;
  endExpiredLock(world);
  if (findLock(store.settings, clock.now())) return undefined;
  const decision = decide(world, sight);
  const { plan, ...outlook } = decision;
  const { snapshot } = outlook;
  world.forecaster.look(outlook);
  const gpus = new Map(snapshot.machines.flatMap((machine) => machine.gpus.map((gpu) => [gpu.uuid, gpu])));
  const room =
    config.queue.startParallel - store.attempts.active().filter(({ job }) => job.state === 'starting').length;
  const drains = store.drains.list();
  for (const { jobId, machineId, gpuUuids } of plan.starts.slice(0, Math.max(0, room))) {
    // Its GPUs are out of the plan; a job without GPUs would still start there.
    if (machineDrainReason(drains, machineId)) continue;
    const job = store.jobs.get(jobId);
    const attempt = store.attempts.begin(
      job,
      {
        machineId,
        gpuUuids: [...gpuUuids],
        gpuModels: gpuUuids.map((uuid) => gpus.get(uuid)?.model ?? ''),
        slotsPerGpu: config.queue.maxGpuAssignment,
        gpuShare: meanShare(
          job,
          gpuUuids.flatMap((uuid) => gpus.get(uuid) ?? []),
        ),
      },
      (number) => ({ container: containerName(jobId, number), log: `${config.paths.log}/${jobId}.${number}.log` }),
    );
    if (!attempt) continue;
    log.info({ job: jobId, user: job.user, gpus: gpuUuids }, `starting #${jobId} ${job.name}`);
    startAttempt(world, attempt);
  }
  return decision;
}

function endExpiredLock(world: World): void {
  const { store, clock, log } = world;
  if (!recordedLock(store.settings) || findLock(store.settings, clock.now())) return;
  const message = 'the lock has expired; jobs start again';
  store.transaction(() => {
    store.settings.remove('lock');
    store.events.append({ at: clock.now(), jobId: null, actor: 'queue', kind: 'unlocked', message });
  });
  log.info(message);
}

/** With GPUs of several sizes a declared memory is another part of each. */
function meanShare(job: JobRecord, gpus: readonly Machine['gpus'][number][]): number {
  const needs = { numSlots: job.numSlots ?? 1, gpuMemoryBytes: job.submission?.gpuMemoryBytes };
  const sum = gpus.reduce((total, gpu) => total + gpuShareOf(needs, gpu), 0);
  return gpus.length > 0 ? sum / gpus.length : 0;
}
