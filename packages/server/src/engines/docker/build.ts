import { type BuildOptions, type BuildResult, EngineError } from '../engine.ts';
import type { DockerApi } from './api.ts';
import { baseImagesOf, registryOf } from './base-images.ts';
import { type BuildEvent, BuildKitOutput, classicStep } from './build-output.ts';
import { findImage } from './images.ts';
import { readJsonLines } from './json-lines.ts';
import { asHeader, type RegistryAuth, readCredentials } from './registry-credentials.ts';

/**
 * `auto` takes the builder that the engine names as its own, as the docker command does, so that a Dockerfile which
 * builds with `docker build` on this machine builds here: the classic one on Docker 20.10, BuildKit from 23.
 * Only the classic one keeps `memoryBytes`.
 */
export type Builder = 'auto' | 'classic' | 'buildkit';

/**
 * Builds an image. What is wrong with the Dockerfile or its commands is a result; what is wrong with the engine is
 * thrown, and so is the signal's reason after an abort, which leaves no container behind.
 */
export async function buildImage(api: DockerApi, options: BuildOptions, builder: Builder): Promise<BuildResult> {
  // It may break before the engine is asked for the first time, and nobody else listens then.
  options.context.on('error', () => undefined);
  try {
    const buildkit = builder === 'buildkit' || (builder === 'auto' && (await prefersBuildKit(api)));
    const { byRegistry, problems } = await readCredentials();
    for (const problem of problems) options.onOutput(`${problem}\n`);
    // BuildKit asks for passwords over a channel that only its own client has; what is there already it does not fetch.
    if (buildkit) await fetchBaseImages(api, options, byRegistry);
    if (options.context.errored) throw options.context.errored;
    const response = await api.open({
      method: 'POST',
      path: '/build',
      query: queryOf(options, buildkit),
      tar: options.context,
      ...(Object.keys(byRegistry).length > 0 && { headers: { 'x-registry-config': asHeader(byRegistry) } }),
      signal: options.signal,
      // The answer begins when the context has been read, which is as long as the caller's tar takes.
      timeoutMs: Number.POSITIVE_INFINITY,
    });
    return await follow(readJsonLines<BuildEvent>(response), options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error === options.context.errored) throw error;
    const failure = api.failureOf(error);
    // The Dockerfile cannot be read or found: said before the build begins.
    if (failure.code === 'refused' || failure.code === 'not_found') return { ok: false, error: failure.message };
    if (failure.code === 'failed') return { ok: false, error: failure.message, byEngine: true };
    throw failure;
  } finally {
    options.context.destroy();
  }
}

function queryOf(options: BuildOptions, buildkit: boolean): Record<string, unknown> {
  return {
    version: buildkit ? '2' : '1',
    dockerfile: options.dockerfile,
    t: options.tag,
    labels: JSON.stringify(options.labels),
    rm: true,
    // Without it every failed build leaves a stopped container.
    forcerm: true,
    memory: options.memoryBytes,
    memswap: options.memoryBytes,
    networkmode: options.networkMode,
  };
}

/** Pulls what the Dockerfile starts from and a password is known for. What fails is left to the build, which says it better. */
async function fetchBaseImages(
  api: DockerApi,
  options: BuildOptions,
  byRegistry: Record<string, RegistryAuth>,
): Promise<void> {
  const { dockerfileText = '', signal } = options;
  for (const image of baseImagesOf(dockerfileText)) {
    const registryAuth = byRegistry[registryOf(image)];
    if (!registryAuth || (await findImage(api, image)) !== undefined) continue;
    const [fromImage, tag] = image.includes('@') ? [image, undefined] : [image, tagOfName(image)];
    const query = { fromImage, tag };
    const headers = { 'x-registry-auth': asHeader(registryAuth) };
    const call = { method: 'POST', path: '/images/create', query, headers, signal, timeoutMs: Infinity } as const;
    const response = await api.open(call).catch((error: unknown) => api.failureOf(error));
    signal?.throwIfAborted();
    if (response instanceof Error) options.onOutput(`${image}: ${response.message}\n`);
    else
      for await (const event of readJsonLines<BuildEvent>(response)) options.onOutput(event.error ?? statusLine(event));
  }
}

/** Without one the engine would pull every tag there is. */
function tagOfName(image: string): string | undefined {
  return image.lastIndexOf(':') > image.lastIndexOf('/') ? undefined : 'latest';
}

/** Asked for every build: it is one quick question, and engines are upgraded. */
async function prefersBuildKit(api: DockerApi): Promise<boolean> {
  const response = await api.open({ method: 'GET', path: '/_ping', timeoutMs: api.timeouts.shortMs });
  response.resume();
  return response.headers['builder-version'] === '2';
}

async function follow(events: AsyncIterable<BuildEvent>, options: BuildOptions): Promise<BuildResult> {
  const buildkit = new BuildKitOutput();
  let imageId: string | undefined;
  let error: string | undefined;
  for await (const event of events) {
    if (event.id === 'moby.buildkit.trace' && typeof event.aux === 'string') {
      for (const { text, step } of buildkit.take(event.aux)) {
        if (step) options.onStep?.(step);
        if (text !== '') options.onOutput(text);
      }
      continue;
    }
    if (typeof event.aux === 'object' && event.aux.ID) imageId = event.aux.ID;
    if (event.stream !== undefined) {
      const step = classicStep(event.stream);
      if (step) options.onStep?.(step);
      options.onOutput(event.stream);
    }
    if (event.status !== undefined) options.onOutput(statusLine(event));
    if (event.errorDetail ?? event.error) error = event.errorDetail?.message ?? event.error;
  }
  if (error !== undefined) return { ok: false, error };
  if (imageId !== undefined) return { ok: true, imageId };
  throw new EngineError('unreachable', 'The build ended without a result: the Docker Engine may have been stopped.');
}

/** Progress of a pull; the bars in between are no output. */
function statusLine(event: BuildEvent): string {
  if (event.progressDetail?.current !== undefined) return '';
  return `${event.id ? `${event.id}: ` : ''}${event.status}\n`;
}
