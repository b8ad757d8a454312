import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { z } from 'zod';
import type { BuildResult } from '../engine.ts';
import { putImage, type SimulatedWorld } from './world.ts';

const Manifest = z.array(z.object({ Config: z.string() }));
const Config = z.object({
  config: z
    .object({
      Cmd: z.array(z.string()).nullish(),
      Entrypoint: z.array(z.string()).nullish(),
      Env: z.array(z.string()).nullish(),
    })
    .optional(),
});

/** JSON files of a saved image are small; layers are read over. */
const MAX_JSON_BYTES = 4 * 1024 * 1024;

export async function simulatedLoad(
  world: SimulatedWorld,
  tar: Readable,
  options: { tag: string; signal?: AbortSignal; onOutput(text: string): void },
): Promise<BuildResult> {
  const files = await readJsonFiles(tar, options.signal).catch((error: unknown) => {
    options.signal?.throwIfAborted();
    if (tar.errored) throw tar.errored;
    return `The archive cannot be read as a tar: ${error instanceof Error ? error.message : String(error)}`;
  });
  if (typeof files === 'string') return { ok: false, error: files };
  const manifest = Manifest.safeParse(files.get('manifest.json'));
  const [image, ...others] = manifest.data ?? [];
  if (!image) return { ok: false, error: 'The archive holds no image. Write it with: docker save -o image.tar NAME' };
  if (others.length > 0) {
    return {
      ok: false,
      error:
        'The archive holds several images; DoPQ cannot guess which one to run. Save one: docker save -o image.tar NAME',
    };
  }
  const config = Config.safeParse(files.get(image.Config)).data?.config;
  const id = `sha256:${image.Config.replace(/^blobs\/sha256\//, '').replace(/\.json$/, '')}`;
  const env = Object.fromEntries((config?.Env ?? []).map((entry) => entry.split(/=(.*)/s, 2) as [string, string]));
  const [command, entrypoint] = [config?.Cmd ?? [], config?.Entrypoint ?? []];
  putImage(world, { id, createdAt: world.clock.now(), command, entrypoint, env }, options.tag);
  options.onOutput(`Loaded image ID: ${id}\n`);
  return { ok: true, imageId: id };
}

async function readJsonFiles(tar: Readable, signal: AbortSignal | undefined): Promise<Map<string, unknown>> {
  const files = new Map<string, unknown>();
  const entries = tar.pipe(extract());
  tar.once('error', (error) => entries.destroy(error));
  for await (const entry of entries) {
    signal?.throwIfAborted();
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of entry) {
      bytes += (chunk as Buffer).length;
      if (bytes <= MAX_JSON_BYTES) chunks.push(chunk as Buffer);
    }
    if (bytes <= MAX_JSON_BYTES) files.set(entry.header.name, parseJson(Buffer.concat(chunks).toString()));
  }
  return files;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
