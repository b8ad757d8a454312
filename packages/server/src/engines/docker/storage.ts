// What images and build cache take on the engine's disk, and giving some of it back.
import type { EngineStorage } from '../engine.ts';
import type { DockerApi } from './api.ts';

interface DiskUsage {
  Images?: { Id: string; RepoTags: string[] | null; Created: number; Size: number; SharedSize: number }[] | null;
  BuildCache?: { Size: number; Shared?: boolean }[] | null;
}

/** The engine measures volumes on the way, and a volume may hold millions of files. */
const MEASURING_MS = 5 * 60_000;

export async function readStorage(api: DockerApi, repository: string): Promise<EngineStorage> {
  const usage = await api.json<DiskUsage>({ method: 'GET', path: '/system/df', timeoutMs: MEASURING_MS });
  const images = (usage.Images ?? []).flatMap(({ Id: id, RepoTags, Created, Size, SharedSize }) => {
    const names = (RepoTags ?? []).filter((name) => name.startsWith(`${repository}:`));
    // -1 where the engine did not measure.
    const bytes = Math.max(0, Size - Math.max(0, SharedSize));
    return names.length === 0 ? [] : { id, names, bytes, createdAt: Created * 1000 };
  });
  // Shared ones are layers of images, which are there anyway.
  const cache = (usage.BuildCache ?? []).filter(({ Shared }) => Shared !== true);
  return { images, cacheBytes: cache.reduce((sum, { Size }) => sum + Size, 0) };
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
