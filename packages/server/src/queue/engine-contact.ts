// What the engine said of itself, and what is recorded of when it answered: whether it was out or restarted, and since when
// that cannot be told, has to be known also after a restart of the server.
import type { Outage } from '@dopq/scheduler';
import type { EngineInfo } from '../engines/engine.ts';
import { Outages } from './outages.ts';
import type { QueueDeps, World } from './world.ts';

/** How old the recorded moment of the last answer may become; a restart then knows since when it cannot tell. */
const CONTACT_EVERY_MS = 2000;

export class EngineContact {
  readonly #world: Pick<World, 'engine' | 'outages' | 'store' | 'log' | 'clock'>;
  /** Undefined = to be read (again) before the next round: at the start and after each break of the connection. */
  #known: EngineInfo | undefined;
  /** Breaks of the connection so far: what the engine said of itself before one may not hold after it. */
  #breaks = 0;

  constructor(world: Pick<World, 'engine' | 'outages' | 'store' | 'log' | 'clock'>) {
    this.#world = world;
  }

  /**
   * Before any container's end is judged it has to be known whether the engine was restarted meanwhile.
   * @throws EngineError if the engine is out
   */
  async know(): Promise<EngineInfo> {
    if (this.#known) return this.#known;
    const breaks = this.#breaks;
    const engine = await this.#world.engine.info();
    this.#noteAnswer(engine);
    if (breaks === this.#breaks) this.#known = engine;
    return engine;
  }

  /** The connection broke, or came back. */
  forget(): void {
    this.#known = undefined;
    this.#breaks++;
  }

  /** A round is over, in which the engine answered all that it was asked. */
  confirm(engine: EngineInfo): void {
    // If the connection broke during the round, only the engine itself can say whether it was restarted.
    if (engine === this.#known) this.#noteAnswer(engine);
  }

  /**
   * The engine is out.
   * @returns false if that is known already
   * @throws StorageError if it could not be recorded
   */
  noteFailure(message: string): boolean {
    const { outages, store, log, clock } = this.#world;
    this.forget();
    if (!outages.markFailed(message)) return false;
    log.error({ component: 'engine' }, `the queue pauses: ${message}`);
    store.events.append({ at: clock.now(), jobId: null, actor: 'queue', kind: 'engine_down', message });
    return true;
  }

  #noteAnswer(engine: EngineInfo): void {
    const { outages, store, log } = this.#world;
    const known = outages.windows();
    if (outages.markAnswered(engine)) {
      log.info({ component: 'engine' }, 'the Docker Engine answers again');
    }
    // Before the answer itself: a server that dies here finds the same window again.
    if (outages.windows() !== known) store.settings.set('outages', JSON.stringify(outages.windows()));
    const startedAt = String(engine.engineStartedAt ?? '');
    if (store.settings.find('engineStartedAt') !== startedAt) store.settings.note('engineStartedAt', startedAt);
    const recorded = Number(store.settings.find('engineAnsweredAt') ?? 0);
    // Also one that lies ahead, as after a clock was set back.
    if (Math.abs(outages.answeredAt - recorded) >= CONTACT_EVERY_MS) {
      store.settings.note('engineAnsweredAt', String(outages.answeredAt));
    }
  }
}

/** Those that an earlier life of the server recorded. */
export function rememberedOutages({ clock, store: { settings } }: QueueDeps): Outages {
  const [answeredAt, startedAt] = [settings.find('engineAnsweredAt'), settings.find('engineStartedAt')];
  return new Outages(clock, {
    ...(answeredAt !== undefined && { answeredAt: Number(answeredAt) }),
    ...(startedAt && { engineStartedAt: Number(startedAt) }),
    windows: JSON.parse(settings.find('outages') ?? '[]') as Outage[],
  });
}
