// What the Docker Engine says of itself, asked directly: the server may not be running.
import { Agent, request } from 'undici';

export interface EngineFacts {
  version: string;
  liveRestore: boolean;
  cgroupDriver: string;
  cgroupVersion: string;
  /** Version of runc, as the engine reports it; empty if it does not. */
  runc: string;
  runtimes: string[];
  dataRoot: string;
  /** Milliseconds since 1970 by the engine's clock. */
  systemTime: number;
  /** Rootless, user namespaces and so on. */
  security: string[];
}

const PATIENCE_MS = 10_000;

export interface EngineCaller extends AsyncDisposable {
  /** @throws Error with the engine's words if it refuses, or with the reason if it does not answer */
  call(method: 'GET' | 'POST' | 'DELETE', route: string, body?: unknown): Promise<string>;
}

/** @param endpoint `unix:///path` or `tcp://host:port` */
export function callEngine(endpoint: string): EngineCaller {
  const socketPath = endpoint.startsWith('unix://') ? endpoint.slice('unix://'.length) : undefined;
  const dispatcher = new Agent(socketPath === undefined ? {} : { connect: { socketPath } });
  const origin = socketPath === undefined ? endpoint.replace(/^tcp:/, 'http:') : 'http://engine';
  return {
    async call(method, route, body) {
      const answer = await request(`${origin}${route}`, {
        method,
        dispatcher,
        signal: AbortSignal.timeout(PATIENCE_MS),
        ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      const text = await answer.body.text();
      if (answer.statusCode < 400) return text;
      throw new Error((JSON.parse(text) as { message?: string }).message ?? text);
    },
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  };
}

interface Info {
  ServerVersion?: string;
  LiveRestoreEnabled?: boolean;
  CgroupDriver?: string;
  CgroupVersion?: string;
  Runtimes?: Record<string, unknown>;
  DockerRootDir?: string;
  SystemTime?: string;
  SecurityOptions?: string[];
}

interface Version {
  Components?: { Name: string; Version: string }[];
}

export async function probeEngine(engine: EngineCaller): Promise<EngineFacts> {
  const info = JSON.parse(await engine.call('GET', '/info')) as Info;
  const version = JSON.parse(await engine.call('GET', '/version')) as Version;
  return {
    version: info.ServerVersion ?? '',
    liveRestore: info.LiveRestoreEnabled ?? false,
    cgroupDriver: info.CgroupDriver ?? '',
    cgroupVersion: info.CgroupVersion ?? '1',
    runc: version.Components?.find(({ Name }) => Name === 'runc')?.Version ?? '',
    runtimes: Object.keys(info.Runtimes ?? {}),
    dataRoot: info.DockerRootDir ?? '',
    systemTime: Date.parse(info.SystemTime ?? ''),
    security: info.SecurityOptions ?? [],
  };
}
