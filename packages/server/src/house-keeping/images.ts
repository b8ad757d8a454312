// Images that DoPQ made. Each can be made again from its zip.
import type { Kept } from '@dopq/scheduler';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/shape.ts';
import type { Engine, EngineStorage, StoredImage } from '../engines/engine.ts';
import type { Store } from '../store/store.ts';
import type { Shelf } from './shelf.ts';

export interface ImageShelfParts {
  config: Config;
  store: Store;
  clock: Clock;
  engine: Engine;
  storage: EngineStorage;
  /** What the engine's disk is short of. */
  shortageBytes: number;
}

/** An image that no job has may be one that is about to be recorded. */
const YOUNG_MS = 3_600_000;

export function imageShelf({ config, store, clock, engine, storage, shortageBytes }: ImageShelfParts): Shelf {
  const { imagesMaxBytes: maxBytes, imagesKeepMs: maxAgeMs } = config.housekeeping;
  return {
    use: 'images',
    limits: { maxBytes, maxAgeMs, shortageBytes },
    async list() {
      const uses = new Map(store.needs.images(clock.now()).map((use) => [use.imageId, use]));
      const youngAfter = clock.now() - YOUNG_MS;
      return storage.images.map((image) => keptOf(image, uses.get(image.id), youngAfter));
    },
    async remove(id) {
      // A job may have been queued with it since the list was made.
      if (store.needs.images(clock.now()).some(({ imageId, active }) => imageId === id && active > 0)) {
        throw new Error('a job needs it now');
      }
      for (const name of storage.images.find((image) => image.id === id)?.names ?? []) await engine.removeImage(name);
    },
  };
}

function keptOf(
  { id, bytes, createdAt }: StoredImage,
  use: { lastUsedAt: number; active: number } | undefined,
  youngAfter: number,
): Kept {
  if (!use) return { id, bytes, lastUsedAt: createdAt, isNeeded: createdAt > youngAfter };
  return { id, bytes, lastUsedAt: Math.max(createdAt, use.lastUsedAt), isNeeded: use.active > 0 };
}
