// What this machine has, before there is a configuration.
import { existsSync } from 'node:fs';
import { callEngine, type EngineFacts, probeEngine } from '../doctor/engine-probe.ts';
import { type HostGpu, listHostGpus } from '../doctor/gpu-checks.ts';

export interface Detected {
  /** The first engine that answers. */
  engine: { endpoint: string; facts: EngineFacts } | undefined;
  /** Why none of those that could be there answers. */
  tried: string[];
  gpus: HostGpu[];
}

export async function detect(env = process.env): Promise<Detected> {
  const tried: string[] = [];
  const gpus = (await listHostGpus('nvidia-smi')) ?? [];
  for (const endpoint of candidates(env)) {
    await using engine = callEngine(endpoint);
    try {
      return { engine: { endpoint, facts: await probeEngine(engine) }, tried, gpus };
    } catch (error) {
      tried.push(`${endpoint}: ${(error as Error).message}`);
    }
  }
  return { engine: undefined, tried, gpus };
}

/** DOCKER_HOST, the usual socket, that of a rootless engine. */
function candidates(env: NodeJS.ProcessEnv): string[] {
  const sockets = ['/var/run/docker.sock', ...(env.XDG_RUNTIME_DIR ? [`${env.XDG_RUNTIME_DIR}/docker.sock`] : [])];
  const asked = env.DOCKER_HOST ? [env.DOCKER_HOST] : [];
  return [...asked, ...sockets.filter((socket) => existsSync(socket)).map((socket) => `unix://${socket}`)];
}
