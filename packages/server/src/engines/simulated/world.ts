import path from 'node:path';
import type { Clock } from '../../clock.ts';
import type { ImageConfig } from './dockerfile.ts';
import type { ContainerRecord } from './playback.ts';
import { folderShelf, memoryShelf, type Shelf } from './shelf.ts';
import type { Timers } from './timers.ts';

export interface SimulatedImage extends ImageConfig {
  id: string;
  createdAt: number;
}

/** What the parts of one simulated engine share. */
export interface SimulatedWorld {
  clock: Clock;
  timers: Timers;
  instance: string;
  images: Shelf<SimulatedImage>;
  /** Name -> image ID. */
  tags: Shelf<string>;
  containers: Shelf<ContainerRecord>;
  networks: Set<string>;
  /** Tells the watchers. */
  hint(text: string, container: string): void;
}

/** Shelves in memory, or files below `stateDir` that outlive the process and may be shared with another one. */
export function openShelves(stateDir: string | undefined): Pick<SimulatedWorld, 'images' | 'tags' | 'containers'> {
  if (stateDir === undefined) return { images: memoryShelf(), tags: memoryShelf(), containers: memoryShelf() };
  return {
    images: folderShelf(path.join(stateDir, 'images')),
    tags: folderShelf(path.join(stateDir, 'tags')),
    containers: folderShelf(path.join(stateDir, 'containers')),
  };
}

/** `name` means `name:latest`, as everywhere in Docker. */
export function fullName(name: string): string {
  return name.lastIndexOf(':') > name.lastIndexOf('/') ? name : `${name}:latest`;
}

export function findSimulatedImage(world: SimulatedWorld, nameOrId: string): SimulatedImage | undefined {
  const id = world.tags.find(fullName(nameOrId)) ?? nameOrId;
  return world.images.find(id);
}

export function putImage(world: SimulatedWorld, image: SimulatedImage, tag: string): void {
  world.images.put(image.id, image);
  world.tags.put(fullName(tag), image.id);
}

export function delay({ timers }: Pick<SimulatedWorld, 'timers'>, ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  signal?.throwIfAborted();
  const timer = timers.after(ms, () => {
    signal?.removeEventListener('abort', onAbort);
    resolve();
  });
  function onAbort(): void {
    timer[Symbol.dispose]();
    reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
  }
  signal?.addEventListener('abort', onAbort, { once: true });
  return promise;
}
