// One attempt's start. The intent (state, attempt, GPUs) is committed before; every step here may be repeated.
import { setTimeout as delay } from 'node:timers/promises';
import { type Container, type ContainerSpec, EngineError, isOutage } from '../engines/engine.ts';
import type { AttemptRecord } from '../store/attempts.ts';
import { containerNameWithInstance } from './container-name.ts';
import { containerSpec } from './container-spec.ts';
import { endAttempt } from './end-attempt.ts';
import { findForeignContainers } from './gpu-owners.ts';
import { makeNoticeFolder, NOTICE_TARGET } from './notice.ts';
import { FolderError, prepareFolders } from './output-folder.ts';
import type { World } from './world.ts';

const TRIES = 4;
const PAUSE_MS = 1000;
/** Who removes an image again and again wants something; the job then ends and says so. */
const MOST_ATTEMPTS = 3;

export function startAttempt(world: World, attempt: AttemptRecord): void {
  world.tasks.run(startKey(attempt.jobId), async (signal) => {
    try {
      await persist(() => carryOut(world, attempt), signal);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (isImageGone(error) && buildAgain(world, attempt)) return;
      refuse(world, attempt, error);
    }
  });
}

/** An engine that fails may have had a bad moment: the same is asked again before the job pays for it. */
async function persist(steps: () => Promise<void>, signal: AbortSignal): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await steps();
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'failed') || tries >= TRIES) throw error;
    }
    await delay(tries * PAUSE_MS, undefined, { signal });
  }
}

export function startKey(jobId: number): string {
  return `start #${jobId}`;
}

async function carryOut(world: World, { jobId, number }: AttemptRecord): Promise<void> {
  const { store, engine, config } = world;
  // An earlier try may have given it another name.
  const attempt = store.attempts.get(jobId, number);
  const job = store.jobs.get(attempt.jobId);
  const user = store.users.find(job.user);
  if (!user) throw new EngineError('refused', `the user ${job.user} is not registered any more`);

  const spec = containerSpec(job, attempt, user, config, {
    instance: world.instance,
    secrets: world.secrets.environment(user.name),
  });
  const notices = spec.mounts.find(({ target }) => target === NOTICE_TARGET);
  if (notices) await makeNoticeFolder(notices.source);
  await prepareFolders(spec);
  await engine.ensureNetwork(config.docker.network);
  const container = await makeContainer(world, attempt, spec);
  store.attempts.markContainer(attempt.jobId, attempt.number, container.id);
  if (store.jobs.get(job.id).cancelRequestedAt !== null) return;
  // Recorded before, it may have been started already.
  if (attempt.containerId === null && (await givesWay(world, attempt))) return;
  try {
    await container.start();
  } catch (error) {
    // It ran already: an earlier start was carried out and not heard of. The next round sees what became of it.
    if (error instanceof EngineError && error.code === 'conflict') return;
    throw error;
  }
  await recordStart(world, store.attempts.get(jobId, number), container);
}

/** Its name may be taken, by another DoPQ on this engine or by anybody: it then gets one that only this one gives. */
async function makeContainer(
  { engine, store, instance }: World,
  attempt: AttemptRecord,
  spec: ContainerSpec,
): Promise<Container> {
  try {
    return await engine.createContainer(spec);
  } catch (error) {
    const name = containerNameWithInstance(attempt, instance);
    if (!(error instanceof EngineError) || error.code !== 'conflict' || spec.name === name) throw error;
    // As with every name: recorded first, so that the container is found whatever happens next.
    store.attempts.rename(attempt.jobId, attempt.number, name);
    return await engine.createContainer({ ...spec, name });
  }
}

/**
 * Another DoPQ on this engine may have seen the same GPU free in the same moment. Each looks once its container is made and
 * before it starts, so that at least one of two sees the other; whoever does gives way, and its job waits again.
 */
async function givesWay(world: World, attempt: AttemptRecord): Promise<boolean> {
  const { gpus } = world.hardware.gpus();
  const wanted = gpus.filter(({ uuid }) => attempt.gpuUuids.includes(uuid));
  if (wanted.length === 0) return false;
  const [taken] = await findForeignContainers(world, wanted);
  if (!taken) return false;
  const [gpu, container] = taken;
  // The next round ends it.
  if (world.store.jobs.get(attempt.jobId).cancelRequestedAt !== null) return true;
  const job = world.store.attempts.sendBack(attempt, 'queued', `GPU ${gpu} was taken by the container ${container}`);
  if (job)
    world.log.info({ job: job.id, user: job.user, gpu, container }, `#${job.id} ${job.name} gives way and waits`);
  return true;
}

async function recordStart(world: World, attempt: AttemptRecord, container: Container): Promise<void> {
  const { startedAt } = await container.inspect();
  const job = world.store.attempts.markRunning(attempt, container.id, startedAt ?? world.clock.now());
  if (job)
    world.log.info(
      { job: job.id, user: job.user, container: attempt.containerName },
      `#${job.id} ${job.name} is running`,
    );
}

/** The engine or the disk said no: trying again would give the same answer. An outage is not a refusal. */
function isRefusal(error: unknown): error is Error {
  return error instanceof FolderError || (error instanceof EngineError && !isOutage(error));
}

function isImageGone(error: Error): boolean {
  return error instanceof EngineError && error.code === 'not_found' && /no such image/i.test(error.message);
}

/** @returns false if it has lost its image too often, or has been cancelled */
function buildAgain(world: World, attempt: AttemptRecord): boolean {
  if (attempt.number >= MOST_ATTEMPTS || world.store.jobs.get(attempt.jobId).cancelRequestedAt !== null) return false;
  const reason = 'its image was removed from the engine and is made again';
  const job = world.store.attempts.sendBack(attempt, 'building', reason);
  if (!job) return false;
  world.log.warn({ job: job.id, user: job.user }, `#${job.id} ${job.name}: ${job.reason}`);
  world.onImageGone(job.id);
  return true;
}

function refuse(world: World, attempt: AttemptRecord, error: Error): void {
  const reason = `the container could not be started: ${error.message}`;
  endAttempt(world, attempt, {
    outcome: world.outages.wasRestartedSince(attempt.createdAt) ? 'interrupted' : 'start_failed',
    reason,
    exitCode: null,
    endedAt: world.clock.now(),
  });
}
