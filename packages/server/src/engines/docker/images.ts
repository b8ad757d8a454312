import { EngineError } from '../engine.ts';
import type { DockerApi } from './api.ts';

/** Image ID (`sha256:...`) of a name or an ID, or undefined if the engine does not have it. */
export async function findImage(api: DockerApi, nameOrId: string): Promise<string | undefined> {
  try {
    const path = `/images/${nameOrId}/json`;
    const { Id } = await api.json<{ Id: string }>({ method: 'GET', path, timeoutMs: api.timeouts.shortMs });
    return Id;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** Removes a name, and the image with its last one. Gone already is fine; one that a container uses is a `conflict`. */
export async function removeImage(api: DockerApi, nameOrId: string): Promise<void> {
  try {
    await api.json({ method: 'DELETE', path: `/images/${nameOrId}` });
  } catch (error) {
    if (!(error instanceof EngineError && error.code === 'not_found')) throw error;
  }
}

/** Gives an image a name, `repository` or `repository:tag`; the name leaves the image that had it. */
export async function tagImage(api: DockerApi, imageId: string, name: string): Promise<void> {
  const { repo, tag } = splitName(name);
  await api.json({ method: 'POST', path: `/images/${imageId}/tag`, query: { repo, tag } });
}

/** `host:5000/a/b:tag` -> repository and tag: a colon before the last slash belongs to a port. */
function splitName(name: string): { repo: string; tag: string } {
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/')
    ? { repo: name.slice(0, colon), tag: name.slice(colon + 1) }
    : { repo: name, tag: 'latest' };
}
