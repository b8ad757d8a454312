// One round: list containers -> reconcile -> plan -> start. Everything that takes time (starts, stops, logs, removals) is
// set going and not waited for; what it changes wakes the next round.
import { reconcile } from '@dopq/scheduler';
import type { EngineInfo, ObservedContainer } from '../engines/engine.ts';
import { machineDrainReason } from '../drained.ts';
import { findLock, recordedLock } from '../queue-lock.ts';
import { correct, keepLog } from './correct.ts';
import { decide, lookAround } from './decide.ts';
import { startAttempt, startKey } from './start.ts';
import type { Sight, World } from './world.ts';

/** A Dockerfile may put our labels on the containers of its own build; their names it cannot choose. */
const OUR_NAME = /^dopq-\d+-\d+$/;

/**
 * @param engine what the engine said of itself after it last came back
 * @throws EngineError if the engine is out; what was not done is done by a later round
 */
export async function tick(world: World, engine: EngineInfo): Promise<Sight> {
  const settled = settledAttempts(world);
  const observed = (await world.engine.listContainers()).filter((container) => OUR_NAME.test(container.name));
  if (observed.some((container) => container.status === 'exited')) await world.engine.ping();
  correct(world, reconcile(compare(world, settled, observed)));
  copyLogs(world, observed);
  const sight = { engine, gpuOwners: await lookAround(world, observed) };
  startNext(world, sight);
  return sight;
}

/**
 * The attempts that a list begun now can be held against. Others change while the engine answers: one that begins or ends
 * meanwhile has a container that the list may not show, and would be taken for lost or cleared.
 */
function settledAttempts({ store, tasks }: World): ReadonlySet<string> {
  const active = store.attempts.active().filter(({ jobId }) => !tasks.has(startKey(jobId)));
  return new Set([...active, ...store.attempts.toClear()].map(({ containerName }) => containerName));
}

function compare(
  world: World,
  settled: ReadonlySet<string>,
  observed: readonly ObservedContainer[],
): Parameters<typeof reconcile>[0] {
  const { store, tasks, outages, clock } = world;
  const now = clock.now();
  const isSettled = ({ containerName }: { containerName: string }) => settled.has(containerName);
  return {
    now,
    observed,
    outages: outages.windows(),
    isKept: (name) => store.attempts.isKnown(name),
    ended: store.attempts.toClear().filter(isSettled),
    active: store.attempts
      .active()
      .filter(isSettled)
      .map((attempt) => {
        const job = store.jobs.get(attempt.jobId);
        const limitMs = job.timeLimitMs;
        return {
          ...attempt,
          state: job.state === 'starting' ? 'starting' : 'running',
          cancelRequested: job.cancelRequestedAt !== null,
          timedOut: limitMs !== null && attempt.startedAt !== null && now - attempt.startedAt > limitMs,
          startInFlight: tasks.has(startKey(attempt.jobId)),
        };
      }),
  };
}

function copyLogs(world: World, observed: readonly ObservedContainer[]): void {
  const byName = new Map(observed.map((container) => [container.name, container]));
  for (const attempt of world.store.attempts.active()) {
    const container = byName.get(attempt.containerName);
    if (container?.startedAt !== undefined && !attempt.logComplete) keepLog(world, attempt, container.id);
  }
}

function startNext(world: World, sight: Sight): void {
  const { store, config, log, clock } = world;
  endExpiredLock(world);
  if (findLock(store.settings, clock.now())) return;
  const { plan, ...outlook } = decide(world, sight);
  const { snapshot } = outlook;
  world.forecaster.look(outlook);
  const models = new Map(snapshot.machines.flatMap((machine) => machine.gpus.map((gpu) => [gpu.uuid, gpu.model])));
  const room = config.queue.startParallel - store.jobs.inStates('starting').length;
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
        gpuModels: gpuUuids.map((uuid) => models.get(uuid) ?? ''),
        slotsPerGpu: config.queue.maxGpuAssignment,
      },
      (number) => ({ container: `dopq-${jobId}-${number}`, log: `${config.paths.log}/${jobId}.${number}.log` }),
    );
    if (!attempt) continue;
    log.info({ job: jobId, user: job.user, gpus: gpuUuids }, `starting #${jobId} ${job.name}`);
    startAttempt(world, attempt);
  }
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
