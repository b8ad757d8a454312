// An engine without Docker, for demonstrations, views and load tests. It keeps the promises of engine.ts (the conformance
// suite holds it to them) and simulates this much:
// - A build reads its whole context, takes a moment per instruction, prints what Docker's classic builder prints, and
//   fails for a missing Dockerfile, an unknown instruction, a COPY of nothing, and a RUN that exits with an error. Any FROM
//   works. CMD, ENTRYPOINT and ENV are kept; a saved image that is loaded brings its own.
// - A container does what its command says as far as a small shell knows it: echo, printf, sleep, exit, true, false, trap
//   of TERM, variables, for, while, until, [ ], && and ||; so do the *.sh files of its build context. Any other program runs for 20 to 90 s (by the job's number),
//   prints progress and exits with 0. DOPQ_SIM_SECONDS, DOPQ_SIM_EXIT (code or `oom`) and DOPQ_SIM_LOG (lines) override.
// - Signals, stop with its grace, pause, logs, exec (the same small shell), wait, top, and figures that look alive.
// Not simulated: file systems (only what archiveIn put there comes out), networks, limits, GPUs.
import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../clock.ts';
import {
  type Container,
  type ContainerSpec,
  type Engine,
  EngineError,
  type EngineInfo,
  type EngineStorage,
  LABELS,
} from './engine.ts';
import { LiveContainer } from './simulated/live-container.ts';
import { simulatedBuild } from './simulated/simulated-build.ts';
import { type LiveContainers, simulatedContainer } from './simulated/simulated-container.ts';
import { simulatedLoad } from './simulated/simulated-load.ts';
import { systemTimers, type Timers } from './simulated/timers.ts';
import { findSimulatedImage, fullName, openShelves, type SimulatedWorld } from './simulated/world.ts';

export interface SimulatedEngineOptions {
  machineId: string;
  /** Value of our label, as for a real engine. */
  instance: string;
  clock?: Clock;
  timers?: Timers;
  /**
   * Folder that keeps images and containers over restarts; they go on "running" meanwhile. The Provider's process and the
   * server's see each other's images through it. Without it all is in memory.
   */
  stateDir?: string;
  cpus?: number;
  memoryBytes?: number;
  /** Milliseconds that one instruction of a build takes. */
  buildStepMs?: number;
}

const GIB = 1024 ** 3;

/** Makes no call and starts nothing but timers of its containers; those end with the process. */
export function createSimulatedEngine(options: SimulatedEngineOptions): Engine {
  const watchers = new Set<(hint: string, container?: string) => void>();
  const world: SimulatedWorld = {
    clock: options.clock ?? systemClock,
    timers: options.timers ?? systemTimers,
    instance: options.instance,
    ...openShelves(options.stateDir),
    networks: new Set(['none', 'host', 'bridge', 'default']),
    hint(text, container) {
      for (const watcher of watchers) queueMicrotask(() => watchers.has(watcher) && watcher(text, container));
    },
  };
  const live = liveContainers(world);

  return {
    machineId: options.machineId,
    info: async () => infoOf(options),
    ping: async () => undefined,

    watch(onHint) {
      watchers.add(onHint);
      queueMicrotask(() => watchers.has(onHint) && onHint('connected'));
      return { [Symbol.asyncDispose]: async () => void watchers.delete(onHint) };
    },

    async listContainers() {
      return live
        .list()
        .filter(({ record }) => record.spec.labels[LABELS.instance] === world.instance)
        .map((container) => container.observe());
    },

    listForeignGpuUse: async () => [],
    createContainer: async (spec) => createContainer(world, live, spec),
    container: (id) => simulatedContainer(world, live, id),
    ensureNetwork: async (name) => void world.networks.add(name),
    build: (build) => simulatedBuild(world, build, options.buildStepMs),
    load: (tar, load) => simulatedLoad(world, tar, load),
    findImage: async (nameOrId) => findSimulatedImage(world, nameOrId)?.id,
    removeImage: async (nameOrId) => removeImage(world, nameOrId),
    readStorage: async (repository) => storageOf(world, repository),
    pruneBuildCache: async () => undefined,
  };
}

function infoOf(options: SimulatedEngineOptions): EngineInfo {
  return {
    endpoint: 'simulated',
    version: 'simulated',
    apiVersion: 'simulated',
    rootDir: options.stateDir ?? '/',
    cpus: options.cpus ?? 32,
    memoryBytes: options.memoryBytes ?? 256 * GIB,
    liveRestore: true,
    platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
    runtimes: ['simulated'],
  };
}

type Live = LiveContainers & { list(): LiveContainer[]; add(container: LiveContainer): void };

function takeUp(world: SimulatedWorld): Map<string, LiveContainer> {
  const records = world.containers.keys().flatMap((key) => world.containers.find(key) ?? []);
  return new Map(records.map((record) => [record.id, new LiveContainer(world, record)]));
}

/**
 * The containers of this process. Those of an earlier one are taken up from the shelf when they are first asked for, and
 * not before: a process that only builds must not play along.
 */
function liveContainers(world: SimulatedWorld): Live {
  const files = new WeakMap<LiveContainer, Map<string, Buffer>>();
  let containers: Map<string, LiveContainer> | undefined;
  const all = () => (containers ??= takeUp(world));
  const find = (idOrName: string) =>
    all().get(idOrName) ?? [...all().values()].find(({ record }) => record.spec.name === idOrName);
  return {
    find,
    get(idOrName) {
      const container = find(idOrName);
      if (!container) throw new EngineError('not_found', `No such container: ${idOrName}`);
      return container;
    },
    list: () => [...all().values()],
    add: (container) => void all().set(container.record.id, container),
    remove(container) {
      all().delete(container.record.id);
      world.containers.remove(container.record.id);
      container.close();
      world.hint('destroy', container.record.spec.name);
    },
    filesOf(container) {
      const own = files.get(container) ?? new Map<string, Buffer>();
      files.set(container, own);
      return own;
    },
  };
}

function createContainer(world: SimulatedWorld, live: Live, asked: ContainerSpec): Container {
  const spec: ContainerSpec = { ...asked, labels: { ...asked.labels, [LABELS.instance]: world.instance } };
  const existing = live.find(spec.name);
  if (existing) {
    const { labels } = existing.record.spec;
    const ours = [LABELS.instance, LABELS.job, LABELS.attempt].every((label) => labels[label] === spec.labels[label]);
    if (ours) return simulatedContainer(world, live, existing.record.id);
    throw new EngineError(
      'conflict',
      `A container named ${spec.name} exists and is not of this job. Remove or rename it.`,
    );
  }
  const image = findSimulatedImage(world, spec.image);
  if (!image) throw new EngineError('not_found', `No such image: ${spec.image}`);
  const id = randomBytes(32).toString('hex');
  const { command, entrypoint, env, scripts } = image;
  const record = {
    id,
    spec,
    image: { command, entrypoint, env, ...(scripts && { scripts }) },
    createdAt: world.clock.now(),
    pauses: [],
  };
  world.containers.put(id, record);
  live.add(new LiveContainer(world, record));
  return simulatedContainer(world, live, id);
}

/** Layers are not simulated: every image takes as much as a small real one. */
const IMAGE_BYTES = 50 * 1024 ** 2;

function storageOf(world: SimulatedWorld, repository: string): EngineStorage {
  const names = world.tags.keys().filter((name) => name.startsWith(`${repository}:`));
  const ids = new Set(names.flatMap((name) => world.tags.find(name) ?? []));
  const images = [...ids].map((id) => ({
    id,
    names: names.filter((name) => world.tags.find(name) === id),
    bytes: IMAGE_BYTES,
    createdAt: world.images.find(id)?.createdAt ?? world.clock.now(),
  }));
  return { images, cacheBytes: 0 };
}

function removeImage(world: SimulatedWorld, nameOrId: string): void {
  const image = findSimulatedImage(world, nameOrId);
  if (!image) return;
  const names = world.tags.keys().filter((name) => world.tags.find(name) === image.id);
  const byName = names.includes(fullName(nameOrId));
  if (byName && names.length > 1) return world.tags.remove(fullName(nameOrId));
  if (world.containers.keys().some((key) => world.containers.find(key)?.spec.image === image.id)) {
    throw new EngineError('conflict', `The image ${nameOrId} is used by a container.`);
  }
  for (const name of names) world.tags.remove(name);
  world.images.remove(image.id);
}
