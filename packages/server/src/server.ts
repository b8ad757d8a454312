// The only wiring. Each part is made from what it needs and released in reverse order; stopping leaves containers running.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config/shape.ts';
import { withCrashPoints } from './crash-points.ts';
import { startController } from './controller/controller.ts';
import type { ControllerDeps } from './controller/deps.ts';
import type { Engine } from './engines/engine.ts';
import type { Hardware } from './hardware/hardware.ts';
import { startHouseKeeper } from './house-keeping/house-keeper.ts';
import { readInstance } from './store/instance.ts';
import type { Logger } from './log.ts';
import { startSampler } from './measure/sampler.ts';
import { registerUsers } from './users/registered-users.ts';
import { startNotifier } from './notify/notifier.ts';
import { startDailyBackups } from './store/daily-backup.ts';
import { startProvider } from './provider/provider.ts';
import { startQueue } from './queue/queue.ts';
import { maskedEngine } from './secrets/masked-engine.ts';
import { UserSecrets } from './secrets/user-secrets.ts';
import { openVault } from './secrets/vault.ts';
import { lockData } from './store/data-lock.ts';
import { openStore, type Store } from './store/store.ts';

export interface ServerOptions {
  config: Config;
  /** Remarks of the configuration, shown by `dopq status`. */
  notices: readonly string[];
  log: Logger;
  /** Why the log cannot be written now, if so. */
  logProblem(): string | null;
  /** The whole product on a simulated engine and simulated GPUs. */
  simulate: boolean;
  /** Somebody who may has asked for the end of the server. */
  shutDown(): void;
}

export interface Server extends AsyncDisposable {
  /** Settles when the queue's loop ends; rejects if it died of a bug, and then the process has to go. */
  readonly done: Promise<void>;
}

/** For who stands at the terminal, or reads the journal: not in the log, which others may read. */
function showWayIn({ tcp, accounts }: ControllerDeps): void {
  const { address } = tcp.status();
  const code = accounts.setupCode();
  if (address === null || code === null) return;
  process.stderr.write(`The first administrator signs up at ${address} with the code ${code}\n`);
}

/** The machine this server runs containers on; more of them come with their own engines. */
const MACHINE_ID = 'local';

/**
 * Starts everything.
 * @throws DataInUseError if another server has the data directory, StoreError if the database cannot be used
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { config, notices, log, simulate } = options;
  const clock = systemClock;
  const startedAt = clock.now();
  await using stack = new AsyncDisposableStack();

  mkdirSync(config.paths.data, { recursive: true, mode: 0o700 });
  stack.use(lockData(config.paths.data, startedAt));
  const store = stack.use(openStore(path.join(config.paths.data, 'dopq.db'), clock));
  const instance = readInstance(store, simulate ? 'simulated' : 'real', config.paths.data);
  stack.use(startDailyBackups({ store, dataDir: config.paths.data, clock, log: log.child({ component: 'store' }) }));
  const userNotices = await registerUsers(store, config, clock);

  const { engine: talkative, hardware } = simulate
    ? await simulated({ config, clock, instance, store })
    : await real({ config, clock, instance, log });
  stack.use(hardware);
  const vault = openVault(config.paths.data);
  const secrets = new UserSecrets({ store, vault, clock, log: log.child({ component: 'secrets' }) });
  const engine = maskedEngine(talkative, ({ user, container }) =>
    secrets.toMask(user ?? (container === undefined ? undefined : store.attempts.ownerOf(container))),
  );
  const queue = stack.use(
    startQueue({
      config,
      store,
      engine,
      hardware,
      clock,
      instance,
      secrets,
      log: log.child({ component: 'queue' }),
      onImageGone: (jobId) => provider.intake(jobId),
    }),
  );
  const sampler = stack.use(
    startSampler({ config, store, clock, engine, hardware, log: log.child({ component: 'sampler' }) }),
  );
  const provider = stack.use(
    startProvider({
      config,
      store,
      clock,
      instance,
      simulate,
      secrets,
      log: log.child({ component: 'provider' }),
      view: () => queue.view(),
      capacity: () => ({ engine: queue.engineStatus().info, gpus: hardware.gpus() }),
    }),
  );
  const houseKeeper = stack.use(
    startHouseKeeper({ config, store, clock, engine, instance, log: log.child({ component: 'house-keeping' }) }),
  );
  const notifier = stack.use(
    startNotifier({
      config,
      store,
      clock,
      vault,
      log: log.child({ component: 'notifier' }),
      predictions: () => queue.view().predictions,
    }),
  );
  const controller = stack.use(
    await startController({
      config,
      store,
      clock,
      instance,
      startedAt,
      hardware,
      queue,
      provider,
      storage: () => houseKeeper.storage(),
      log: log.child({ component: 'controller' }),
      simulated: simulate,
      sampler,
      secrets,
      vault,
      notifier,
      shutDown: () => options.shutDown(),
      engine: {
        machineId: engine.machineId,
        status: () => queue.engineStatus(),
        container: (id) => engine.container(id),
      },
      warnings: () => [...notices, ...userNotices, ...[options.logProblem()].filter((problem) => problem !== null)],
    }),
  );
  showWayIn(controller.deps);
  log.info({ component: 'server', pid: process.pid, instance }, `DoPQ is up; the share is ${config.paths.network}`);

  const parts = stack.move();
  return { done: queue.done, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

type Machine = { engine: Engine; hardware: Hardware };

// Only the one that is used is loaded.
async function real({
  config,
  clock,
  instance,
  log,
}: {
  config: Config;
  clock: Clock;
  instance: string;
  log: Logger;
}): Promise<Machine> {
  const [{ connectDocker }, { startNvidiaHardware }] = await Promise.all([
    import('./engines/docker/docker.ts'),
    import('./hardware/nvidia.ts'),
  ]);
  const engine = connectDocker({
    endpoint: config.docker.endpoint,
    machineId: MACHINE_ID,
    instance,
    gpuMode: config.docker.gpuMode,
    builder: config.docker.builder,
    log: log.child({ component: 'engine' }),
  });
  const hardware = startNvidiaHardware({
    clock,
    command: config.docker.nvidiaSmi,
    log: log.child({ component: 'hardware' }),
  });
  return { engine: withCrashPoints('engine', engine), hardware };
}

/** Everything but the engine and the GPUs is the real product. */
async function simulated(parts: { config: Config; clock: Clock; instance: string; store: Store }): Promise<Machine> {
  const [{ createSimulatedEngine }, { readSimulatedMachine, startSimulatedHardware }] = await Promise.all([
    import('./engines/simulated.ts'),
    import('./hardware/simulated.ts'),
  ]);
  const { config, clock, instance, store } = parts;
  const { count, ...host } = readSimulatedMachine(process.env);
  const engine = createSimulatedEngine({
    ...host,
    machineId: MACHINE_ID,
    instance,
    clock,
    stateDir: path.join(config.paths.data, 'simulated'),
  });
  const hardware = startSimulatedHardware({
    clock,
    ...host,
    ...(count !== undefined && { count }),
    busyGpus: () => new Set(store.attempts.slotsInUse().map((slot) => slot.gpuUuid)),
  });
  return { engine: withCrashPoints('engine', engine), hardware };
}
