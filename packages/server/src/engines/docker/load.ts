import type { Readable } from 'node:stream';
import { type BuildResult, EngineError } from '../engine.ts';
import type { DockerApi } from './api.ts';
import { findImage, tagImage } from './images.ts';
import { readJsonLines } from './json-lines.ts';
import { ArchiveError, withoutNames } from './nameless-tar.ts';

interface LoadEvent {
  stream?: string;
  errorDetail?: { message: string };
}

export interface LoadOptions {
  tag: string;
  signal?: AbortSignal;
  onOutput(text: string): void;
}

/**
 * Loads a `docker save` tar under the one name `tag`; names inside it are not taken over. What is wrong with the tar is a
 * result; what is wrong with the engine is thrown, and so is the signal's reason.
 */
export async function loadImage(api: DockerApi, tar: Readable, options: LoadOptions): Promise<BuildResult> {
  options.signal?.throwIfAborted();
  const nameless = withoutNames(tar);
  try {
    const loaded = await sendArchive(api, nameless, options);
    if ('error' in loaded) return { ok: false, error: loaded.error };
    const imageId = await findImage(api, loaded.name);
    if (imageId === undefined)
      throw new EngineError('conflict', `The image ${loaded.name} was removed as it was loaded.`);
    await tagImage(api, imageId, options.tag);
    return { ok: true, imageId };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof ArchiveError) return { ok: false, error: error.message };
    if (error === nameless.errored) throw error;
    const failure = api.failureOf(error);
    if (failure.code === 'refused') return { ok: false, error: failure.message };
    if (failure.code === 'failed') return { ok: false, error: failure.message, byEngine: true };
    throw failure;
  } finally {
    tar.destroy();
  }
}

async function sendArchive(
  api: DockerApi,
  tar: Readable,
  options: LoadOptions,
): Promise<{ name: string } | { error: string }> {
  const response = await api.open({
    method: 'POST',
    path: '/images/load',
    query: { quiet: true },
    tar,
    signal: options.signal,
    // As long as the caller's tar takes.
    timeoutMs: Number.POSITIVE_INFINITY,
  });
  const names: string[] = [];
  for await (const event of readJsonLines<LoadEvent>(response)) {
    if (event.errorDetail) return { error: event.errorDetail.message };
    if (event.stream === undefined) continue;
    options.onOutput(event.stream);
    names.push(...Array.from(event.stream.matchAll(/^Loaded image(?: ID)?: (\S+)/gm), (match) => match[1] ?? ''));
  }
  const [name, ...others] = new Set(names);
  if (name === undefined) return { error: 'The engine found no image in the archive.' };
  return others.length === 0
    ? { name }
    : { error: `The engine found several images in the archive: ${names.join(', ')}` };
}
