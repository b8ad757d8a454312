// The queue's loop. wake() means "something may have changed" and carries no data: API calls, engine events, new jobs
// and a slow timer all call it. A bug in a round ends the loop, and with it the server: it is restarted and adopts.
import { type Explanation, type Ledger, calibrationOf } from '@dopq/scheduler';
import { EngineError, type EngineInfo } from '../engines/engine.ts';
import { StorageError } from '../store/store-error.ts';
import { findLock } from '../queue-rules/lock.ts';
import { Alarm } from './alarm.ts';
import { delayedBy, explanationOf, ledgerIn } from './answers.ts';
import { outlookOf } from './decide.ts';
import { EngineContact, rememberedOutages } from './engine-contact.ts';
import { Forecaster, type Outlook } from './forecaster.ts';
import { RunTimes } from './run-times.ts';
import { Tasks } from './tasks.ts';
import { look, nextMoment, startNext } from './round.ts';
import { findStop, type QueueView, type Stop, viewOf, withPredictions } from './view.ts';
import { ViewCache } from './view-cache.ts';
import { isOwnDoing } from './own-doing.ts';
import type { QueueDeps, Sight, World } from './world.ts';

/** How long a stopping queue waits for starts under way. */
const STOP_GRACE_MS = 25_000;
/** Between two tries while the engine is out. */
const OUTAGE_RETRY_MS = 1000;

export interface QueueStatus {
  state: 'running' | 'paused' | 'locked';
  message: string | null;
  startedAt: number;
  locked: boolean;
  /** The newest comparison of table and engine; null = none was made yet. */
  lastRound: { at: number; tookMs: number } | null;
}

export interface EngineStatus {
  state: 'running' | 'down' | 'connecting';
  message: string | null;
  /** Since when it is what it is. */
  startedAt: number | null;
  info?: EngineInfo;
}

export interface Queue extends AsyncDisposable {
  wake(): void;
  status(): QueueStatus;
  engineStatus(): EngineStatus;
  /** Order, reasons and penalties as the loop itself sees them. */
  view(): QueueView;
  /** Why a queued job waits and what would change that; undefined if it is not queued or the engine was never met. */
  explain(jobId: number): Explanation | undefined;
  /** Why nothing at all starts now; undefined = things start. */
  stopped(): Stop | undefined;
  /** What makes a user's penalty; undefined while the engine was never met. */
  ledger(user: string): Ledger | undefined;
  /** The waiting jobs that would start later if this one had such a time limit. */
  delayedBy(jobId: number, timeLimitMs: number): number[];
  /** What is decided from now; undefined while the engine was never met. */
  outlook(): Outlook | undefined;
  /** Settles when the loop has ended; rejects if it died of a bug. */
  readonly done: Promise<void>;
}

export function startQueue(deps: QueueDeps): Queue {
  const loop = new Loop(deps);
  return {
    done: loop.done,
    wake: () => loop.wake(),
    view: () => loop.view(),
    explain: (jobId) => loop.explain(jobId),
    stopped: () => loop.stopped(),
    ledger: (user) => loop.ledger(user),
    delayedBy: (jobId, timeLimitMs) => loop.delayedBy(jobId, timeLimitMs),
    outlook: () => loop.outlook(),
    status: () => loop.status(),
    engineStatus: () => loop.engineStatus(),
    [Symbol.asyncDispose]: () => loop.stop(),
  };
}

class Loop {
  readonly done: Promise<void>;
  readonly #world: World;
  readonly #alarm = new Alarm();
  readonly #stopping = new AbortController();
  readonly #startedAt: number;
  readonly #releases = new AsyncDisposableStack();
  readonly #contact: EngineContact;
  #sight: Sight | undefined;
  #lastRound: QueueStatus['lastRound'] = null;
  readonly #view = new ViewCache(() => viewOf(this.#world, this.#sight));

  constructor(deps: QueueDeps) {
    this.#startedAt = deps.clock.now();
    this.#world = {
      ...deps,
      outages: rememberedOutages(deps),
      closeLook: { at: Number.NEGATIVE_INFINITY },
      runTimes: new RunTimes(deps.clock),
      stuck: new Map(),
      tasks: new Tasks(deps.log, () => this.#alarm.ring()),
      forecaster: this.#releases.use(
        new Forecaster(
          deps.log,
          () => calibrationOf(deps.store.promises.newest(deps.clock.now())),
          (forecast) => {
            this.#view.amend((view) => withPredictions(this.#world, view));
            deps.store.promises.record(forecast);
          },
        ),
      ),
    };
    this.#contact = new EngineContact(this.#world);
    this.#releases.use(
      deps.engine.watch((hint, container) => {
        if (hint === 'disconnected' || hint === 'connected') this.#contact.forget();
        if (!isOwnDoing(this.#world, hint, container)) this.#alarm.ring();
      }),
    );
    this.#releases.defer(
      deps.store.onCommit(() => {
        this.#view.mark();
        this.#alarm.ring();
      }),
    );
    this.done = this.#run();
  }

  wake(): void {
    this.#alarm.ring();
  }

  view(): QueueView {
    return this.#view.get();
  }

  explain(jobId: number): Explanation | undefined {
    return this.#sight && explanationOf(this.#world, this.#sight, jobId);
  }

  stopped(): Stop | undefined {
    return findStop(this.#world);
  }

  ledger(user: string): Ledger | undefined {
    return this.#sight && ledgerIn(this.#world, this.#sight, user);
  }

  delayedBy(jobId: number, timeLimitMs: number): number[] {
    return this.#sight ? delayedBy(this.#world, this.#sight, jobId, timeLimitMs) : [];
  }

  outlook(): Outlook | undefined {
    return this.#sight && outlookOf(this.#world, this.#sight);
  }

  status(): QueueStatus {
    const { outages, store, storageTrouble } = this.#world;
    const paused = storageTrouble ?? outages.down?.message;
    const lock = findLock(store.settings, this.#world.clock.now());
    const locked = lock !== undefined;
    const state = paused !== undefined ? 'paused' : locked ? 'locked' : 'running';
    const message = paused ?? (lock?.message || null);
    return { state, message, startedAt: this.#startedAt, locked, lastRound: this.#lastRound };
  }

  engineStatus(): EngineStatus {
    const { down } = this.#world.outages;
    const engine = this.#sight?.engine;
    const info = engine && { info: engine };
    if (down) return { state: 'down', message: down.message, startedAt: down.since, ...info };
    if (!engine) return { state: 'connecting', message: null, startedAt: null };
    return { state: 'running', message: null, startedAt: engine.engineStartedAt ?? null, ...info };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#alarm.ring();
    await this.#releases.disposeAsync();
    await this.done.catch(() => undefined);
    await this.#world.tasks.stop(STOP_GRACE_MS);
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#alarm.reset();
      const pauseMs = (await this.#round()) ? this.#pauseMs() : OUTAGE_RETRY_MS;
      if (!this.#stopping.signal.aborted) await this.#alarm.wait(pauseMs);
    }
  }

  #pauseMs(): number {
    const { config, clock } = this.#world;
    const nextMs = (this.#sight?.nextAt ?? Number.POSITIVE_INFINITY) - clock.now();
    return Math.min(config.queue.sleepIntervalMs, Math.max(0, nextMs));
  }

  /** @returns false if the engine is out */
  async #round(): Promise<boolean> {
    try {
      const engine = await this.#contact.know();
      const begunAt = performance.now();
      const seen = await look(this.#world, engine);
      // What is started here tells when it runs; that it is to start is no news for the queue.
      const decision = this.#alarm.hush(() => startNext(this.#world, seen));
      const sight = { ...seen, nextAt: nextMoment(this.#world) };
      this.#sight = sight;
      this.#lastRound = { at: this.#world.clock.now(), tookMs: performance.now() - begunAt };
      this.#view.mark();
      if (decision) this.#view.offer(decision.plan.order.length, () => viewOf(this.#world, sight, decision));
      this.#contact.confirm(engine);
      this.#world.storageTrouble = undefined;
      return true;
    } catch (error) {
      // Whatever the engine answers instead of a list: no job is blamed for it.
      if (error instanceof EngineError) this.#noteOutage(error.message);
      else if (error instanceof StorageError) this.#noteFullDisk(error.message);
      else throw error;
      return false;
    }
  }

  /** Nothing was recorded and nothing started; running containers and their limits are looked after as soon as there is room. */
  #noteFullDisk(message: string): void {
    if (this.#world.storageTrouble === undefined) this.#world.log.error(`the queue pauses: ${message}`);
    this.#world.storageTrouble = message;
    this.#view.mark();
    this.#alarm.reset();
  }

  #noteOutage(message: string): void {
    try {
      if (this.#contact.noteFailure(message)) this.#alarm.reset();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#noteFullDisk(error.message);
    }
  }
}
