import { text as readText } from 'node:stream/consumers';
import type { ObservedContainer } from '../engine.ts';
import type { DockerApi } from './api.ts';

/**
 * Resolves with the exit code when the container ends; at once if it has ended. Throws `unreachable` if the connection
 * breaks meanwhile, and the signal's reason if it is aborted.
 *
 * The engine calls a container that never ran "not running" and would answer 0, so one that waits for its first start is
 * waited for with `next-exit`. It is looked at again once the engine is known to watch, for an exit in between.
 */
export async function waitForExit(
  api: DockerApi,
  path: string,
  inspect: () => Promise<ObservedContainer>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const before = await inspect();
  if (before.startedAt !== undefined && before.exitCode !== undefined) return before.exitCode;
  const enough = new AbortController();
  const response = await api.open({
    method: 'POST',
    path: `${path}/wait`,
    query: { condition: before.startedAt === undefined ? 'next-exit' : 'not-running' },
    signal: signal ? AbortSignal.any([signal, enough.signal]) : enough.signal,
  });
  try {
    const now = await inspect();
    if (now.startedAt !== undefined && now.exitCode !== undefined) return now.exitCode;
    const body = await readText(response);
    return (JSON.parse(body) as { StatusCode: number }).StatusCode;
  } catch (error) {
    signal?.throwIfAborted();
    throw api.failureOf(error);
  } finally {
    response.on('error', () => undefined);
    enough.abort();
  }
}
