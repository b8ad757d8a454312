// Carries out what reconcile found. Each correction may meet a job that has moved on; then nothing happens.
import path from 'node:path';
import { type Correction, hasEnded, type Observed } from '@dopq/scheduler';
import { EngineError } from '../engines/engine.ts';
import type { AttemptRecord } from '../store/attempts.ts';
import { endAttempt } from './end-attempt.ts';
import { type CopyOptions, followLog } from './log-follower.ts';
import { startAttempt } from './start.ts';
import { removeNotices, takeNoticeBack, writeNotice } from './notice.ts';
import type { World } from './world.ts';

export function correct(world: World, corrections: readonly Correction[]): void {
  for (const correction of corrections) {
    switch (correction.kind) {
      case 'start':
        startAttempt(world, world.store.attempts.get(correction.jobId, correction.number));
        break;
      case 'adopt':
        adopt(world, correction);
        break;
      case 'restarted':
        noteRestart(world, correction);
        break;
      case 'finish':
        finish(world, correction);
        break;
      case 'stop':
        stop(world, correction);
        break;
      case 'warn':
        warn(world, correction);
        break;
      case 'unwarn':
        unwarn(world, correction);
        break;
      case 'save-log':
        keepLog(world, world.store.attempts.get(correction.jobId, correction.number), correction.container);
        break;
      case 'clear':
        clear(world, correction);
        break;
      case 'stray':
        handleStray(world, correction);
        break;
    }
  }
}

/** Follows an attempt's log into its file until the container ends. Does nothing if that is under way. */
export function keepLog(world: World, attempt: AttemptRecord, { id, status }: Pick<Observed, 'id' | 'status'>): void {
  const { engine, store, tasks } = world;
  const copy = (options: CopyOptions) => followLog(engine, id, attempt.logPath, options);
  tasks.run(logKey(attempt), async (signal) => {
    if (!hasEnded({ status })) {
      await copy({ signal });
      if (!hasEnded(await engine.container(id).inspect())) return;
      // The next one need not wait until the last lines of this one are read.
      tasks.tell();
    }
    await copy({ signal, follow: false });
    store.attempts.markLogComplete(attempt.jobId, attempt.number);
  });
}

function logKey({ jobId, number }: { jobId: number; number: number }): string {
  return `log #${jobId}.${number}`;
}

export function removeKey({ jobId, number }: { jobId: number; number: number }): string {
  return `remove #${jobId}.${number}`;
}

type Of<K extends Correction['kind']> = Extract<Correction, { kind: K }>;

function adopt(world: World, { jobId, number, containerId, startedAt }: Of<'adopt'>): void {
  const job = world.store.attempts.markRunning(world.store.attempts.get(jobId, number), containerId, startedAt);
  if (job) world.log.info({ job: jobId, user: job.user }, `#${jobId} ${job.name} was found running and adopted`);
}

function noteRestart({ store, log }: World, { jobId, number, startedAt }: Of<'restarted'>): void {
  const job = store.attempts.markRestarted(store.attempts.get(jobId, number), startedAt);
  if (job)
    log.warn({ job: jobId, user: job.user }, `the container of #${jobId} ${job.name} was restarted from outside`);
}

function finish(world: World, { jobId, number, finishedAt, verdict }: Of<'finish'>): void {
  const { attempts, jobs } = world.store;
  const asked = jobs.get(jobId).reason?.replace(/^stopping: /, '');
  const reason = verdict.outcome === 'cancelled' && asked ? asked : verdict.reason;
  endAttempt(world, attempts.get(jobId, number), { ...verdict, reason, endedAt: finishedAt });
  world.stuck.delete(jobId);
}

/** One that the engine cannot end keeps its GPUs, and people are told; it is told again in every round. */
function stop({ tasks, engine, config, stuck }: World, { jobId, containerId }: Of<'stop'>): void {
  tasks.run(`stop #${jobId}`, async () => {
    try {
      await engine.container(containerId).stop(config.queue.stopGraceSeconds);
      stuck.delete(jobId);
    } catch (error) {
      if (error instanceof EngineError) stuck.set(jobId, error.message);
      throw error;
    }
  });
}

/** First the notice, then the signal, then the record of both: a server that dies in between tells it again. */
function warn(world: World, { jobId, number, containerId }: Of<'warn'>): void {
  const { store, config, engine, log, runTimes } = world;
  world.tasks.run(`warn #${jobId}`, async () => {
    const { name, user, submission, timeLimitMs } = store.jobs.get(jobId);
    const attempt = store.attempts.get(jobId, number);
    const { containerName, createdAt, startedAt } = attempt;
    const begunAt = runTimes.begunAt({ containerName, startedAt: startedAt ?? createdAt });
    const endsAt = begunAt + (timeLimitMs ?? 0);
    await writeNotice(config.paths.data, attempt, endsAt);
    const signal = submission?.warnSignal;
    if (signal) await engine.container(containerId).kill(signal);
    const message = `told that its time limit is near${signal ? `, with the signal ${signal}` : ''}`;
    store.attempts.markWarned(jobId, number, world.clock.now());
    store.events.append({ at: world.clock.now(), jobId, actor: 'queue', kind: 'warned', message });
    log.info({ job: jobId, user }, `#${jobId} ${name} was ${message}`);
  });
}

/** It got more time: the notice was premature. */
function unwarn(world: World, { jobId, number }: Of<'unwarn'>): void {
  world.tasks.run(`warn #${jobId}`, async () => {
    await takeNoticeBack(world.config.paths.data, { jobId, number });
    world.store.attempts.markWarned(jobId, number, null);
  });
}

function clear(world: World, { jobId, number, containerId }: Of<'clear'>): void {
  const { store, config, engine } = world;
  // It ran again by somebody's hand, and what it said is still being copied.
  if (world.tasks.has(logKey({ jobId, number }))) return;
  const remove = async () => {
    if (containerId !== null && config.docker.remove) await engine.container(containerId).remove();
    await removeNotices(config.paths.data, { jobId, number });
    store.attempts.markCleared(jobId, number);
  };
  world.tasks.run(removeKey({ jobId, number }), remove, { isNews: false });
}

/** Ours by its label, but not in the table: the database is older than the container. What does not run goes, its log stays. */
function handleStray(world: World, { containerId, name, status }: Of<'stray'>): void {
  if (status === 'running' || status === 'paused' || status === 'restarting') {
    world.log.warn({ container: name }, `the container ${name} runs, but no job knows it; its GPUs count as used`);
    return;
  }
  world.tasks.run(`remove ${containerId}`, async (signal) => {
    const file = path.join(world.config.paths.log, `stray-${name}.log`);
    if (status !== 'created') await followLog(world.engine, containerId, file, { signal, follow: false });
    await world.engine.container(containerId).remove();
    world.log.warn({ container: name }, `removed the ${status} container ${name}, which no job knows`);
  });
}
