import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Logger } from '../../log.ts';
import {
  type Container,
  type ContainerSpec,
  type ContainerStatus,
  type Engine,
  EngineError,
  type KnownContainer,
  LABELS,
  type ObservedContainer,
} from '../engine.ts';
import { DEFAULT_TIMEOUTS, type DockerApi, dockerApi, type Timeouts } from './api.ts';
import { type Builder, buildImage } from './build.ts';
import { containerRequest } from './container-request.ts';
import { dockerContainer } from './container.ts';
import { watchEvents } from './events.ts';
import type { GpuMode } from './gpu-request.ts';
import { gpusInUse } from './gpu-use.ts';
import { findImage, removeImage } from './images.ts';
import { readInfo } from './info.ts';
import { loadImage } from './load.ts';
import { networkMaker } from './network.ts';
import { pingAfresh } from './ping.ts';
import { nameOf, observedFromInspect, observedFromList } from './observe.ts';
import { pruneBuildCache, readStorage } from './storage.ts';

export interface DockerEngineOptions {
  /** As in DOCKER_HOST: `unix:///var/run/docker.sock`, `tcp://host:2375` or the path of a socket. */
  endpoint: string;
  machineId: string;
  /** Value of the label that tells our containers from those of another DoPQ on the same engine. */
  instance: string;
  gpuMode: GpuMode;
  builder?: Builder;
  timeouts?: Partial<Timeouts>;
  /** Told what the watch meets; whoever does not watch needs none. */
  log?: Logger;
}

/** Containers asked about at the same time: enough to hide the way there, few enough to leave the engine its breath. */
const INSPECTIONS_AT_ONCE = 16;

/**
 * The Docker Engine at `endpoint`. Connects at the first call and again at every call, so an engine that comes, goes and
 * is upgraded needs no care. Throws an Error if `endpoint` cannot be read.
 */
export function connectDocker(options: DockerEngineOptions): Engine {
  const api = dockerApi(options.endpoint, { ...DEFAULT_TIMEOUTS, ...options.timeouts });
  const { machineId, instance, gpuMode, log } = options;
  return {
    machineId,
    info: () => readInfo(api),
    ping: () => pingAfresh(options.endpoint, api.timeouts.shortMs),
    watch: (onHint) => watchEvents(api, { instance, ...(log && { log }) }, onHint),
    listContainers: (known) => listOwn(api, instance, known),
    listForeignGpuUse: (isOfRunningJob) => listForeignGpuUse(api, instance, isOfRunningJob),
    createContainer: (spec) =>
      createContainer(api, { ...spec, labels: { ...spec.labels, [LABELS.instance]: instance } }, gpuMode),
    container: (id) => dockerContainer(api, id),
    ensureNetwork: networkMaker(api),
    build: (build) => buildImage(api, build, options.builder ?? 'auto'),
    load: (tar, load) => loadImage(api, tar, load),
    findImage: (nameOrId) => findImage(api, nameOrId),
    removeImage: (nameOrId) => removeImage(api, nameOrId),
    readStorage: (repository) => readStorage(api, repository),
    pruneBuildCache: (limits) => pruneBuildCache(api, limits),
  };
}

/** Time between two looks at a name that is taken by a container which is still being made. */
const BEING_MADE_MS = 100;

/**
 * A name that is taken is our own earlier call whose answer was lost, or somebody else's container. While the engine is
 * still making it, the name is taken and nothing can be read of it.
 */
async function createContainer(api: DockerApi, spec: ContainerSpec, gpuMode: GpuMode): Promise<Container> {
  const call = {
    method: 'POST' as const,
    path: '/containers/create',
    query: { name: spec.name },
    body: containerRequest(spec, gpuMode),
  };
  for (let waitedMs = 0; ; waitedMs += BEING_MADE_MS) {
    try {
      const { Id } = await api.json<{ Id: string }>(call);
      return dockerContainer(api, Id, true);
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'conflict') throw error;
      const existing = await findOfSameAttempt(api, spec);
      if (existing !== undefined) return dockerContainer(api, existing);
      if (waitedMs >= api.timeouts.longMs) throw error;
    }
    await delay(BEING_MADE_MS);
  }
}

async function findOfSameAttempt(api: DockerApi, { name, labels }: ContainerSpec): Promise<string | undefined> {
  try {
    const existing = await dockerContainer(api, name).inspect();
    const keys = [LABELS.instance, LABELS.job, LABELS.attempt];
    if (keys.every((key) => existing.labels[key] === labels[key])) return existing.id;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'not_found') return undefined;
    throw error;
  }
  throw new EngineError('conflict', `A container named ${name} exists and is not of this job. Remove or rename it.`);
}

async function listOwn(
  api: DockerApi,
  instance: string,
  known: KnownContainer = () => undefined,
): Promise<ObservedContainer[]> {
  const found = await listContainers(api, {
    all: true,
    filters: { label: [`${LABELS.instance}=${instance}`, LABELS.job] },
  });
  const needless = found.flatMap((listed) => {
    const facts = known(nameOf(listed), listed.State as ContainerStatus);
    return facts ? observedFromList(listed, facts) : [];
  });
  const isNeedless = new Set(needless.map(({ id }) => id));
  const asked = await inspectAll(
    api,
    found.filter(({ Id }) => !isNeedless.has(Id)),
  );
  const failures = asked.flatMap(({ failure }) => failure ?? []);
  // One that does not answer is that container's trouble; if none does, it is the engine's.
  if (failures.length > 0 && failures.length === found.length) throw failures[0];
  const answers = asked.flatMap(({ listed, info, failure }) => {
    if (info) return observedFromInspect(info);
    return failure ? observedFromList(listed, { unreadable: failure.message }) : [];
  });
  return [...answers, ...needless];
}

async function listForeignGpuUse(
  api: DockerApi,
  instance: string,
  isOfRunningJob: (name: string) => boolean,
): Promise<{ container: string; gpus: string[] }[]> {
  const found = await listContainers(api, { filters: { status: ['created', 'restarting', 'running', 'paused'] } });
  const foreign = found.filter((listed) => {
    const owner = listed.Labels?.[LABELS.instance];
    // Anybody may leave a container that was never started; DoPQ makes one to start it.
    if (listed.State === 'created') return owner !== undefined && owner !== instance;
    return owner !== instance || !isOfRunningJob(nameOf(listed));
  });
  const inspected = await inspectAll(api, foreign);
  return inspected.flatMap(({ listed, info }) => {
    const gpus = info ? gpusInUse(info) : [];
    return gpus.length === 0 ? [] : { container: nameOf(listed) || listed.Id, gpus };
  });
}

async function listContainers(api: DockerApi, query: Record<string, unknown>): Promise<ContainerInfo[]> {
  return await api.json({ method: 'GET', path: '/containers/json', query, timeoutMs: api.timeouts.shortMs });
}

interface Inspected {
  listed: ContainerInfo;
  /** Neither `info` nor `failure`: it disappeared in between. */
  info?: ContainerInspectInfo;
  failure?: EngineError;
}

async function inspectAll(api: DockerApi, listed: ContainerInfo[]): Promise<Inspected[]> {
  const queue = new PQueue({ concurrency: INSPECTIONS_AT_ONCE });
  return await queue.addAll(listed.map((container) => () => inspectOne(api, container)));
}

async function inspectOne(api: DockerApi, listed: ContainerInfo): Promise<Inspected> {
  const path = `/containers/${listed.Id}/json`;
  try {
    return { listed, info: await api.json({ method: 'GET', path, timeoutMs: api.timeouts.shortMs }) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.code === 'not_found') return { listed };
    // The engine as a whole went away: not this container's fault.
    if (error.code === 'unreachable') throw error;
    return { listed, failure: error };
  }
}
