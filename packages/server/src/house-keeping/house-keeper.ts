// Keeps disks from filling: images, build cache, zips and logs within their limits, round after round. What it removes is
// decided in the scheduler package; what a job needs is asked of the store in the moment of the removal.
import { statfs } from 'node:fs/promises';
import type { Status } from '@dopq/contract';
import { chooseRemovals } from '@dopq/scheduler';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/shape.ts';
import type { Engine } from '../engines/engine.ts';
import { repositoryOf } from '../conventions/image-names.ts';
import type { Logger } from '../log.ts';
import type { Store } from '../store/store.ts';
import { logShelf, zipShelf } from './files.ts';
import { imageShelf } from './images.ts';
import type { Shelf } from './shelf.ts';

export interface HouseKeeperParts {
  config: Config;
  store: Store;
  clock: Clock;
  engine: Engine;
  log: Logger;
  instance: string;
}

type Row = Status['storage'][number];

export interface HouseKeeper extends AsyncDisposable {
  /** What each kind of thing took after the last round. */
  storage(): Row[];
}

/** A disk that is nearly full is looked at so often; a whole round is not made more often either. */
const LOOK_EVERY_MS = 30_000;

/** Makes rounds until disposed. A round that fails is said in `storage()` and made again. */
export function startHouseKeeper(parts: HouseKeeperParts): HouseKeeper {
  return new Rounds(parts);
}

class Rounds implements HouseKeeper {
  readonly #parts: HouseKeeperParts;
  readonly #timer: NodeJS.Timeout;
  readonly #rows = new Map<string, Row>();
  #round: Promise<void> | undefined;
  #lastRoundAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(parts: HouseKeeperParts) {
    this.#parts = parts;
    const everyMs = Math.min(LOOK_EVERY_MS, parts.config.housekeeping.intervalMs);
    this.#timer = setInterval(() => this.#look(), everyMs);
    this.#timer.unref();
  }

  storage(): Row[] {
    return [...this.#rows.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    // Measuring may take the engine minutes; a round that is late finds itself stopped.
    await Promise.race([this.#round, new Promise<void>((resolve) => void setTimeout(resolve, 1000).unref())]);
  }

  #look(): void {
    this.#round ??= this.#begin()
      .catch((error: unknown) => this.#parts.log.warn({ err: error }, 'a round of house-keeping failed'))
      .finally(() => (this.#round = undefined));
  }

  async #begin(): Promise<void> {
    const shortageBytes = await this.#shortage();
    const isDue = performance.now() - this.#lastRoundAt >= this.#parts.config.housekeeping.intervalMs;
    if (!isDue && shortageBytes === 0) return;
    this.#lastRoundAt = performance.now();
    const { config, store } = this.#parts;
    await this.#keep('zips', () => this.#tidy(zipShelf(config, store)));
    await this.#keep('logs', () => this.#tidy(logShelf(config, store)));
    await this.#keep('images', () => this.#tidyEngine(shortageBytes));
  }

  /** What the engine's disk lacks; 0 if it is fit for use, or another machine's. */
  async #shortage(): Promise<number> {
    const { endpoint, rootDir } = await this.#parts.engine.info().catch(() => ({ endpoint: '', rootDir: '' }));
    if (!endpoint.startsWith('unix:')) return 0;
    const disk = await statfs(rootDir).catch(() => undefined);
    if (!disk) return 0;
    const wanted = this.#parts.config.housekeeping.minFreeFraction * disk.blocks;
    return Math.max(0, Math.ceil((wanted - disk.bavail) * disk.bsize));
  }

  /** What fails concerns its own kind alone. */
  async #keep(use: string, act: () => Promise<void>): Promise<void> {
    if (this.#stopped) return;
    try {
      await act();
    } catch (error) {
      if (this.#stopped) return;
      const { message } = error as Error;
      this.#parts.log.warn({ err: error, use }, `house-keeping of ${use} failed`);
      const row = this.#rows.get(use) ?? { use, count: 0, bytes: 0, max_bytes: null, keep_days: null };
      this.#rows.set(use, { ...row, message: `house-keeping failed: ${message}` });
    }
  }

  async #tidyEngine(shortageBytes: number): Promise<void> {
    const { engine, instance, config, store, clock } = this.#parts;
    const { cacheMaxBytes, cacheKeepMs } = config.housekeeping;
    // A full disk is relieved by what costs least to have again.
    const maxBytes = shortageBytes > 0 ? 0 : cacheMaxBytes;
    await engine.pruneBuildCache({ maxBytes, unusedForMs: cacheKeepMs });
    const storage = await engine.readStorage(repositoryOf(instance));
    if (this.#stopped) return;
    await this.#tidy(imageShelf({ config, store, clock, engine, storage, shortageBytes }));
    const limits = { max_bytes: cacheMaxBytes, keep_days: daysOf(cacheKeepMs) };
    this.#rows.set('build cache', {
      use: 'build cache',
      count: null,
      bytes: storage.cacheBytes,
      ...limits,
      message: null,
    });
  }

  async #tidy(shelf: Shelf): Promise<void> {
    const { clock, log } = this.#parts;
    const { use, limits } = shelf;
    const kept = await shelf.list();
    const gone = new Set<string>();
    for (const { id, bytes } of chooseRemovals(kept, limits, clock.now())) {
      if (this.#stopped) return;
      try {
        await shelf.remove(id);
        gone.add(id);
        log.info({ use, id, bytes }, `house-keeping removed one of the ${use}`);
      } catch (error) {
        log.info({ use, id, err: error }, `house-keeping leaves one of the ${use} for now`);
      }
    }
    const rest = kept.filter(({ id }) => !gone.has(id));
    const bytes = rest.reduce((sum, thing) => sum + thing.bytes, 0);
    const isOver = limits.maxBytes !== null && bytes > limits.maxBytes;
    this.#rows.set(use, {
      use,
      count: rest.length,
      bytes,
      max_bytes: limits.maxBytes,
      keep_days: daysOf(limits.maxAgeMs),
      message: isOver ? 'more than the limit: jobs that have not ended need them' : null,
    });
  }
}

function daysOf(ms: number | null): number | null {
  return ms === null ? null : ms / 86_400_000;
}
