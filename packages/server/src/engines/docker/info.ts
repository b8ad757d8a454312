import { EngineError, type EngineInfo } from '../engine.ts';
import type { DockerApi } from './api.ts';

interface RawInfo {
  ServerVersion: string;
  DockerRootDir: string;
  NCPU: number;
  MemTotal: number;
  LiveRestoreEnabled: boolean;
  Runtimes?: Record<string, unknown>;
}

export async function readInfo(api: DockerApi): Promise<EngineInfo> {
  const timeoutMs = api.timeouts.shortMs;
  const [info, version, engineStartedAt] = await Promise.all([
    api.json<RawInfo>({ method: 'GET', path: '/info', timeoutMs }),
    api.json<{ ApiVersion: string; Os?: string; Arch?: string }>({ method: 'GET', path: '/version', timeoutMs }),
    findStart(api),
  ]);
  return {
    endpoint: api.endpoint,
    version: info.ServerVersion,
    apiVersion: version.ApiVersion,
    ...(version.Os && version.Arch && { platform: `${version.Os}/${version.Arch}` }),
    rootDir: info.DockerRootDir,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    liveRestore: info.LiveRestoreEnabled,
    runtimes: Object.keys(info.Runtimes ?? {}),
    ...(engineStartedAt === undefined ? {} : { engineStartedAt }),
  };
}

/**
 * The engine tells no start time, but it makes its default bridge network anew at every start, after it has ended what it
 * found running; with live-restore it does so only if nothing was running (moby, daemon_unix.go, initNetworkController).
 * The age of the socket would not do: with systemd's socket activation it outlives the engine.
 */
async function findStart(api: DockerApi): Promise<number | undefined> {
  try {
    const path = '/networks/bridge';
    const { Created } = await api.json<{ Created: string }>({ method: 'GET', path, timeoutMs: api.timeouts.shortMs });
    return Date.parse(Created);
  } catch (error) {
    // An engine with `bridge: none` has no such network.
    if (error instanceof EngineError && error.code === 'not_found') return undefined;
    throw error;
  }
}
