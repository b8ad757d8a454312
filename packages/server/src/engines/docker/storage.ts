// What images and build cache take on the engine's disk, and giving some of it back.
import type { ImageInfo } from 'dockerode';
import type { EngineStorage } from '../engine.ts';
import type { DockerApi } from './api.ts';

interface DiskUsage {
  Images?: { Id: string; RepoTags: string[] | null; Created: number; Size: number; SharedSize: number }[] | null;
  BuildCache?: { Size: number; Shared?: boolean }[] | null;
}

type ImageRow = Pick<ImageInfo, 'Id' | 'ParentId' | 'RepoTags' | 'Size'>;

/** The engine measures volumes on the way, and a volume may hold millions of files. */
const MEASURING_MS = 5 * 60_000;

export async function readStorage(api: DockerApi, repository: string): Promise<EngineStorage> {
  const usage = await api.json<DiskUsage>({ method: 'GET', path: '/system/df', timeoutMs: MEASURING_MS });
  const all = await api.json<ImageRow[]>({ method: 'GET', path: '/images/json', query: { all: true } });
  const images = (usage.Images ?? []).flatMap(({ Id: id, RepoTags, Created, Size, SharedSize }) => {
    const names = (RepoTags ?? []).filter((name) => name.startsWith(`${repository}:`));
    // -1 where the engine did not measure.
    const unshared = Math.max(0, Size - Math.max(0, SharedSize));
    const bytes = Math.max(unshared, bytesAboveWhatStays(id, all));
    return names.length === 0 ? [] : { id, names, bytes, createdAt: Created * 1000 };
  });
  // Shared ones are layers of images, which are there anyway.
  const cache = (usage.BuildCache ?? []).filter(({ Shared }) => Shared !== true);
  return { images, cacheBytes: cache.reduce((sum, { Size }) => sum + Size, 0) };
}

/**
 * The classic builder leaves an image without a name for each step. They go with the image that was made of them, but
 * newer engines (seen on Docker 26) count what it has in common with them as shared, which is all of it.
 * @returns 0 for an image that was not made in such steps
 */
function bytesAboveWhatStays(id: string, all: readonly ImageRow[]): number {
  const byId = new Map(all.map((image) => [image.Id, image]));
  const children = (parent: string) => all.filter(({ ParentId }) => ParentId === parent).length;
  const image = byId.get(id);
  if (!image?.ParentId) return 0;
  let stays = byId.get(image.ParentId);
  while (stays && namesOf(stays).length === 0 && children(stays.Id) === 1) stays = byId.get(stays.ParentId);
  return image.Size - (stays?.Size ?? 0);
}

/** `<none>:<none>` is how older engines write that there is none. */
function namesOf({ RepoTags }: ImageRow): string[] {
  return (RepoTags ?? []).filter((name) => !name.startsWith('<none>'));
}

/** BuildKit's cache, and images without a name, which are the classic builder's. */
export async function pruneBuildCache(
  api: DockerApi,
  { maxBytes, unusedForMs }: { maxBytes: number | null; unusedForMs: number | null },
): Promise<void> {
  const until = unusedForMs === null ? undefined : [`${Math.ceil(unusedForMs / 1000)}s`];
  const prune = (path: string, query: Record<string, unknown>) =>
    api.json({ method: 'POST', path, query, timeoutMs: MEASURING_MS });
  if (until !== undefined) {
    await prune('/build/prune', { all: true, filters: JSON.stringify({ until }) });
    await prune('/images/prune', { filters: JSON.stringify({ dangling: ['true'], until }) });
  }
  if (maxBytes !== null) await prune('/build/prune', { all: true, 'keep-storage': maxBytes });
}
