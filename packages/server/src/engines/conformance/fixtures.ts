import { createHash } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { type Container, type ContainerSpec, type Engine, LABELS } from '../engine.ts';

/** What the conformance suite needs of whoever wants to be an engine. */
export interface EngineUnderTest extends AsyncDisposable {
  engine: Engine;
  /** Name of an image with a shell, to build from and to run. */
  baseImage: string;
}

export function tarOf(files: Record<string, string | Buffer>): Readable {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content);
  tar.finalize();
  return tar.pipe(new PassThrough());
}

/** What `docker save` writes, of images that have one small layer each and these commands. */
export async function savedImages(images: { name: string; command: string[] }[]): Promise<Readable> {
  const files: Record<string, string | Buffer> = {};
  const manifest = [];
  for (const { name, command } of images) {
    const layer = await buffer(tarOf({ [`${name.replace(/\W/g, '-')}.txt`]: name }));
    const layerDigest = digestOf(layer);
    const config = JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: command },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
      history: [{ created_by: 'a test' }],
    });
    files[`${layerDigest}/layer.tar`] = layer;
    files[`${digestOf(config)}.json`] = config;
    manifest.push({ Config: `${digestOf(config)}.json`, RepoTags: [name], Layers: [`${layerDigest}/layer.tar`] });
  }
  return tarOf({ ...files, 'manifest.json': JSON.stringify(manifest) });
}

const digestOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

let jobs = 0;

/** A small container of a job of its own that runs a script. */
export function specOf(image: string, script: string, changes: Partial<ContainerSpec> = {}): ContainerSpec {
  jobs += 1;
  return {
    name: `dopq-${jobs}-1`,
    image,
    labels: { [LABELS.job]: String(jobs), [LABELS.attempt]: '1', [LABELS.user]: 'ada' },
    env: {},
    command: ['sh', '-c', script],
    user: '1000:1000',
    memoryBytes: 64 * 1024 * 1024,
    shmBytes: 8 * 1024 * 1024,
    pidsLimit: 64,
    mounts: [],
    capDrop: ['ALL'],
    init: true,
    network: 'none',
    gpuUuids: [],
    ...changes,
  };
}

/** Creates and starts a container for a script. */
export async function runScript(
  { engine, baseImage }: EngineUnderTest,
  script: string,
  changes: Partial<ContainerSpec> = {},
): Promise<Container> {
  const imageId = await engine.findImage(baseImage);
  const container = await engine.createContainer(specOf(imageId ?? baseImage, script, changes));
  await container.start();
  return container;
}

export interface BuildLog {
  text: string;
  steps: { number: number; total: number; text: string }[];
}

/** Builds files as a context and keeps what was said. */
export async function build(
  engine: Engine,
  files: Record<string, string>,
  options: { tag?: string; signal?: AbortSignal; context?: Readable; log?: BuildLog; memoryBytes?: number } = {},
) {
  const log: BuildLog = options.log ?? { text: '', steps: [] };
  const result = await engine.build({
    context: options.context ?? tarOf(files),
    dockerfile: 'Dockerfile',
    tag: options.tag ?? 'dopq/test:1',
    labels: { [LABELS.job]: '1' },
    networkMode: 'none',
    onOutput: (text) => void (log.text += text),
    onStep: (step) => void log.steps.push(step),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.memoryBytes ? { memoryBytes: options.memoryBytes } : {}),
  });
  return { result, log };
}
