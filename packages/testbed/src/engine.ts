// A private Docker Engine per test: the real one, several at once, and nothing of it left behind.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { startContainerd } from './containerd.ts';
import { endDaemon, hasEnded } from './daemon.ts';
import { hangDockerd, startDockerd } from './dockerd.ts';
import { newEngineId } from './engine-id.ts';
import { type FakeGpu, writeGpuToolkit } from './gpu-doubles.ts';
import { reapEngines, removeEngine } from './leftovers.ts';
import { startNamespaces } from './namespaces.ts';

export interface EngineOptions {
  /** GPUs its containers may ask for, by UUID or index. Default none: DeviceRequests then fail as on a machine without. */
  gpus?: FakeGpu[];
  /** Containers go on while dockerd is away (`live-restore`). Default off, as Docker's. */
  liveRestore?: boolean;
  /** Where engines live; keep it short, unix socket paths end at 107 bytes. */
  baseDir?: string;
  /** Directories put first on dockerd's PATH. */
  path?: string[];
  env?: Record<string, string>;
  /** Further keys of daemon.json. */
  config?: Record<string, unknown>;
  /** Further arguments of dockerd. */
  args?: string[];
}

export interface PrivateEngine extends AsyncDisposable {
  readonly id: string;
  readonly dir: string;
  /** Path of its unix socket. */
  readonly socket: string;
  /** `unix://` and the socket, as in DOCKER_HOST. */
  readonly host: string;
  /** dockerd's, undefined while it is down. */
  readonly pid: number | undefined;
  /** SIGKILL to dockerd and, where that is said, to its containerd; shims and containers go on. */
  kill(also?: 'containerd'): Promise<void>;
  /** SIGTERM, as a service manager does: without live-restore the containers are stopped. */
  stop(): Promise<void>;
  /** SIGSTOP: it takes connections and answers nothing. */
  hang(): Promise<void>;
  resume(): void;
  /** Starts it on the same data, after `stop()` unless it is down already. */
  restart(): Promise<void>;
  /** Runs the docker client against it; gives its output, throws with what it said. At most a minute. */
  docker(...args: string[]): Promise<string>;
}

const MAX_SOCKET_BYTES = 107;

function searchPath(dirs: string[]): string {
  return [...dirs, process.env['PATH'] ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'].join(':');
}

/**
 * Starts a Docker Engine with its own containerd, data, cgroups and network, mount and UTS namespaces. Needs root and
 * Debian's docker.io, iproute2, iptables (scripts/setup.mjs installs them).
 */
export async function startEngine(options: EngineOptions = {}): Promise<PrivateEngine> {
  const baseDir = options.baseDir ?? '/tmp/dopq-engines';
  if (process.getuid?.() !== 0) throw new Error('a private engine needs root: namespaces and mounts are made for it');
  mkdirSync(baseDir, { recursive: true });
  await reapEngines(baseDir);

  const id = newEngineId();
  const dir = join(baseDir, id);
  const socket = join(dir, 'docker.sock');
  if (Buffer.byteLength(socket) > MAX_SOCKET_BYTES) {
    throw new Error(`the socket path ${socket} is longer than ${MAX_SOCKET_BYTES} bytes; choose a shorter baseDir`);
  }
  mkdirSync(dir);

  const binDir = join(dir, 'bin');
  const runtimes = options.gpus && { nvidia: { path: writeGpuToolkit(binDir, options.gpus).runtimePath } };
  const env = { ...process.env, PATH: searchPath([...(options.path ?? []), binDir]), ...options.env };
  const config = {
    'live-restore': options.liveRestore ?? false,
    ...(runtimes && { runtimes }),
    ...options.config,
  };

  try {
    const namespaces = await startNamespaces(id, env);
    const ground = { engineId: id, dir, namespaces, env };
    let containerd = await startContainerd(ground);
    const start = () => startDockerd({ ...ground, socket, config, args: options.args ?? [] });
    let dockerd = await start();
    return {
      id,
      dir,
      socket,
      host: `unix://${socket}`,
      get pid() {
        return hasEnded(dockerd) ? undefined : dockerd.pid;
      },
      async kill(also) {
        await Promise.all([dockerd, ...(also ? [containerd] : [])].map((daemon) => endDaemon(daemon, 'SIGKILL')));
      },
      stop: () => endDaemon(dockerd, 'SIGTERM'),
      hang: () => hangDockerd(dockerd),
      resume: () => void dockerd.kill('SIGCONT'),
      async restart() {
        await endDaemon(dockerd, 'SIGTERM');
        if (hasEnded(containerd)) containerd = await startContainerd(ground);
        dockerd = await start();
      },
      async docker(...args) {
        const { stdout } = await execa('docker', ['-H', `unix://${socket}`, ...args], {
          env: { DOCKER_CONFIG: join(dir, 'client'), DOCKER_CONTEXT: undefined, DOCKER_HOST: undefined },
          stdin: 'ignore',
          timeout: 60_000,
        });
        return stdout;
      },
      async [Symbol.asyncDispose]() {
        namespaces.close();
        await removeEngine(id, dir);
      },
    };
  } catch (error) {
    await removeEngine(id, dir);
    throw error;
  }
}
