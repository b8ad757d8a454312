// The Provider's own process. It does what orders say and what lies in the share, reports facts, and goes with its server.
import { flushCompileCache } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { withCrashPoints } from '../../crash-points.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Disposal, Order, ShareState } from '../protocol.ts';
import { Building } from './building.ts';
import { dispose, expire } from './dispose.ts';
import { Intake } from './intake.ts';
import { pendingCalls } from './pending-calls.ts';
import { type Obstacle, ReceiptFiles } from './receipt-files.ts';
import { Scan } from './scan.ts';
import { ServerLink } from './server-link.ts';
import { Works } from './works.ts';

type Start = Extract<Order, { kind: 'start' }>;

const SIGN_OF_LIFE_MS = 1000;
/** Between two looks even if events come in floods. */
const GAP_MS = 50;

// A terminal's Ctrl-C reaches the whole group; the server decides when we go.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const link = new ServerLink((order) => {
  if (order.kind === 'start') provider = start(order);
  // Orders that come while the engine's code is loading wait for it, in their order.
  else void provider?.then((started) => started.obey(order));
});
let provider: Promise<Provider> | undefined;

async function start(order: Start): Promise<Provider> {
  const started = new Provider(order, await connect(order));
  void started.run(order);
  // Now: it may be killed at any moment, and is when its server stops.
  flushCompileCache();
  return started;
}

/** Loads the one engine that is used: this process lives beside the server all the time, and small. */
async function connect({ config, instance, simulate }: Start): Promise<Engine> {
  const { endpoint, gpuMode, builder } = config.docker;
  const machineId = 'local';
  if (simulate) {
    const { createSimulatedEngine } = await import('../../engines/simulated.ts');
    return createSimulatedEngine({ machineId, instance, stateDir: join(config.paths.data, 'simulated') });
  }
  const { connectDocker } = await import('../../engines/docker/docker.ts');
  return withCrashPoints('provider', connectDocker({ endpoint, machineId, instance, gpuMode, builder }));
}

class Provider {
  readonly #config: Start['config'];
  readonly #works = new Works(link);
  readonly #building: Building;
  readonly #intake: Intake;
  readonly #scan: Scan;
  readonly #receipts: ReceiptFiles;
  readonly #disposals: Disposal[] = [];
  #disposing: Promise<void> | undefined;
  #useShare: boolean;
  #shareState = '';
  #wake: AbortController = new AbortController();

  constructor(order: Start, engine: Engine) {
    const { config, instance } = order;
    this.#config = config;
    this.#useShare = order.useShare;
    const parts = { config, instance, engine, link, works: this.#works };
    this.#building = new Building(parts);
    this.#intake = new Intake({ ...parts, building: this.#building });
    const watching = { config, link, intake: this.#intake };
    this.#scan = new Scan(watching, order.shareWasMounted, () => this.#wake.abort());
    this.#scan.owners = order.owners;
    this.#receipts = new ReceiptFiles(config, link);
  }

  /** Looks at the share until the process ends. */
  async run({ jobs, disposals }: Start): Promise<void> {
    setInterval(() => this.#sayAlive(), SIGN_OF_LIFE_MS);
    this.#sayAlive();
    this.#disposals.push(...disposals);
    for (const job of jobs) {
      if (job.zipPath !== null) this.#intake.resume(job);
      else if (job.inbox !== null) this.#scan.expect(job.jobId, job.inbox, job.file);
    }
    for (;;) {
      const beganAt = performance.now();
      if (this.#useShare) await this.#serveShare();
      const tookMs = performance.now() - beganAt;
      const pauseMs = this.#config.fetcher.sleepIntervalMs;
      // A slow share is looked at for a fifth of the time at most.
      const gapMs = Math.min(Math.max(GAP_MS, 4 * tookMs), pauseMs);
      await delay(gapMs);
      await this.#pause(Math.min(this.#scan.lookAgainMs, pauseMs) - gapMs);
    }
  }

  obey(order: Exclude<Order, Start | { kind: 'answer' }>): void {
    if (order.kind === 'abort') {
      this.#works.abort(order.jobId);
      this.#scan.leave(order.jobId);
    }
    if (order.kind === 'intake') this.#intake.resume(order.job);
    if (order.kind === 'receipt') this.#receipts.add(order.receipt);
    if (order.kind === 'dispose') {
      this.#disposals.push(order.disposal);
      void this.#disposeAll();
    }
    if (order.kind === 'owners') {
      this.#scan.owners = order.owners;
      this.#wake.abort();
    }
    if (order.kind === 'expire') void this.#expire(order);
    if (order.kind === 'share') {
      this.#useShare = order.use;
      this.#wake.abort();
    }
  }

  async #serveShare(): Promise<void> {
    await this.#disposeAll();
    const state = await this.#scan.look();
    const obstacle = state.state === 'ok' ? await this.#receipts.flush() : undefined;
    await this.#tellShare(obstacle === undefined ? state : { state: obstacle, message: this.#wordsFor(obstacle) });
  }

  #wordsFor(obstacle: Obstacle): string {
    const { network } = this.#config.paths;
    if (obstacle === 'full') return `${network} is full: receipts wait. Free some space; DoPQ goes on by itself.`;
    if (obstacle === 'read_only') return `${network} may only be read: receipts wait. Make it writable for DoPQ.`;
    return `${network} cannot be written to: receipts wait. Look at the file server or the mount; DoPQ goes on by itself.`;
  }

  /** Moves what has to be moved; what fails stays due until the next look. */
  #disposeAll(): Promise<void> {
    this.#disposing ??= this.#disposeEach().finally(() => (this.#disposing = undefined));
    return this.#disposing;
  }

  async #disposeEach(): Promise<void> {
    const due = this.#disposals.splice(0);
    for (const disposal of due) {
      try {
        const disposed = await dispose(this.#config, disposal);
        await link.ask('disposed', { jobId: disposal.jobId, ...disposed });
      } catch {
        this.#disposals.push(disposal);
      }
    }
  }

  async #expire(order: Extract<Order, { kind: 'expire' }>): Promise<void> {
    const zipRemoved = await expire(this.#config, order).catch((error: NodeJS.ErrnoException) =>
      // A folder that is gone has no receipts; everything else is tried again by the server's next order.
      error.code === 'ENOENT' || error.code === 'ENOTDIR' ? false : undefined,
    );
    if (zipRemoved !== undefined) await link.ask('expired', { jobId: order.jobId, zipRemoved });
  }

  async #tellShare(state: ShareState): Promise<void> {
    const text = JSON.stringify(state);
    if (text === this.#shareState) return;
    this.#shareState = text;
    await link.ask('share', state);
  }

  #sayAlive(): void {
    void link.ask('alive', { shareCallMs: Math.round(pendingCalls.oldestMs()), building: this.#building.running });
  }

  /** Ends early when something wakes it, also when that happened since the last one. */
  async #pause(ms: number): Promise<void> {
    if (ms > 0) await delay(ms, undefined, { signal: this.#wake.signal }).catch(() => undefined);
    this.#wake = new AbortController();
  }
}
