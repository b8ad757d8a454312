// `dopq status`: each part with its state, since when, and what to do about what is wrong.
import type { Status } from '@dopq/contract';
import { queueSettings } from '../queue-rules/policy.ts';
import { readLock } from './lock.ts';
import { release } from '../release.ts';
import { type Caller, hasRole } from './caller.ts';
import type { ControllerDeps, PartStatus } from './deps.ts';
import { readDisks } from './disks.ts';
import { listGpus } from './gpus.ts';

export async function readStatus(deps: ControllerDeps, caller: Caller): Promise<Status> {
  const { config, store, clock } = deps;
  const now = clock.now();
  const provider = deps.provider.status();
  const queue = deps.queue.status();
  const engine = deps.engine.status();
  const jobs = new Map<string, number>();
  for (const { key, count } of store.jobCounts.by('state')) jobs.set(key, count);
  const count = (...states: string[]) => states.reduce((sum, state) => sum + (jobs.get(state) ?? 0), 0);
  const part = (status: PartStatus) => presentPart(status, now);
  const host = deps.hardware.host();
  const promises = store.promises.count();
  return {
    version: release,
    instance: deps.instance,
    server: {
      ...part({ state: 'running', message: null, startedAt: deps.startedAt }),
      pid: process.pid,
      simulated: deps.simulated,
      data_dir: config.paths.data,
      config_file: config.file,
    },
    queue: {
      ...part(queue),
      locked: queue.locked,
      lock: readLock(deps),
      policy: queueSettings(deps).policy,
      queued: count('queued'),
      running: count('starting', 'running'),
      held: count('held'),
      promises: { started: promises.started, kept_p50: promises.keptP50, kept_p90: promises.keptP90 },
    },
    provider: { ...part(provider), pid: provider.pid, restarts: provider.restarts, building: count('building') },
    controller: {
      ...part(deps.tcp.status()),
      address: deps.tcp.status().address,
      socket: config.controller.socket,
      setup_code: hasRole(caller, 'admin') ? deps.accounts.setupCode() : null,
    },
    engine: {
      ...part(engine),
      endpoint: engine.info?.endpoint ?? config.docker.endpoint,
      version: engine.info?.version ?? null,
      api_version: engine.info?.apiVersion ?? null,
      gpu_mode: config.docker.gpuMode,
      live_restore: engine.info?.liveRestore ?? null,
    },
    share: {
      path: config.paths.network,
      state: provider.share.state,
      message: provider.share.message,
      since: provider.share.since === null ? null : iso(provider.share.since),
    },
    disk: await readDisks(deps),
    storage: deps.storage(),
    hardware: hardwarePart(deps, now),
    host: {
      cpus: host.cpus,
      cpu_percent: host.cpuPercent ?? null,
      memory_bytes: host.memoryBytes,
      memory_used_bytes: host.memoryUsedBytes,
    },
    warnings: [...deps.warnings()],
  };
}

function hardwarePart(deps: ControllerDeps, now: number): Status['hardware'] {
  const sample = deps.hardware.gpus();
  const gpus = listGpus(deps);
  return {
    ...presentPart({ state: sample.state, message: sample.message ?? null, startedAt: sample.since }, now),
    gpus: gpus.length,
    gpus_free: gpus.filter(({ state }) => state === 'free').length,
    sample_age_seconds: sample.at === undefined ? null : Math.max(0, now - sample.at) / 1000,
  };
}

function presentPart({ state, message, startedAt }: PartStatus, now: number) {
  return {
    state,
    message,
    started_at: startedAt === null ? null : iso(startedAt),
    uptime_seconds: startedAt === null ? 0 : Math.max(0, Math.round((now - startedAt) / 1000)),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
