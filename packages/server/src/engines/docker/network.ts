import type { NetworkInspectInfo } from 'dockerode';
import { EngineError } from '../engine.ts';
import type { DockerApi } from './api.ts';

const ICC = 'com.docker.network.bridge.enable_icc';

/** A network that was there so shortly ago is there: a burst of starts asks once. */
const SEEN_MS = 2000;

/** Networks every engine has; nothing to make. */
const BUILT_IN = new Set(['none', 'host', 'bridge', 'default']);

/**
 * Makes a bridge network whose containers reach the outside and not each other, unless it is there. Throws `conflict` if
 * one of that name lets containers talk to each other.
 *
 * Network names are not unique in Docker, and its check for duplicates sees none while another one is being made. So calls
 * of this process share one attempt, and of several networks only the oldest is kept.
 */
export function networkMaker(api: DockerApi): (name: string) => Promise<void> {
  const underWay = new Map<string, Promise<void>>();
  const seenAt = new Map<string, number>();
  return async (name) => {
    if (BUILT_IN.has(name) || performance.now() - (seenAt.get(name) ?? Number.NEGATIVE_INFINITY) < SEEN_MS) return;
    const making =
      underWay.get(name) ??
      ensureNetwork(api, name)
        .then(() => void seenAt.set(name, performance.now()))
        .finally(() => underWay.delete(name));
    underWay.set(name, making);
    await making;
  };
}

async function ensureNetwork(api: DockerApi, name: string): Promise<void> {
  let [network, ...duplicates] = await listNetworks(api, name);
  if (!network) {
    await createNetwork(api, name);
    [network, ...duplicates] = await listNetworks(api, name);
  }
  await Promise.all(duplicates.map(({ Id }) => removeNetwork(api, Id)));
  if (network?.Options?.[ICC] === 'false') return;
  throw new EngineError(
    'conflict',
    `The Docker network "${name}" was not made by DoPQ: jobs in it could reach each other. Remove it (docker network rm ${name}); DoPQ makes it anew.`,
  );
}

/** Oldest first. The engine's own filter takes parts of names. */
async function listNetworks(api: DockerApi, name: string): Promise<NetworkInspectInfo[]> {
  const found = await api.json<NetworkInspectInfo[]>({
    method: 'GET',
    path: '/networks',
    query: { filters: { name: [name] } },
    timeoutMs: api.timeouts.shortMs,
  });
  return found
    .filter(({ Name }) => Name === name)
    .sort((left, right) => left.Created.localeCompare(right.Created) || left.Id.localeCompare(right.Id));
}

async function createNetwork(api: DockerApi, name: string): Promise<void> {
  const body = { Name: name, Driver: 'bridge', CheckDuplicate: true, Options: { [ICC]: 'false' } };
  try {
    await api.json({ method: 'POST', path: '/networks/create', body });
  } catch (error) {
    // Another DoPQ on the same engine was quicker.
    if (!(error instanceof EngineError && error.code === 'conflict')) throw error;
  }
}

/** One that is in use stays; the next call tries again. */
async function removeNetwork(api: DockerApi, id: string): Promise<void> {
  try {
    await api.json({ method: 'DELETE', path: `/networks/${id}` });
  } catch (error) {
    if (!(error instanceof EngineError && (error.code === 'not_found' || error.code === 'refused'))) throw error;
  }
}
