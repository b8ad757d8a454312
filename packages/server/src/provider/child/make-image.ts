// One try at a submission's image: found by content, built from the zip as a stream, or loaded; bounded in time and output.
import { PassThrough, type Readable } from 'node:stream';
import type { Config } from '../../config/shape.ts';
import type { BuildResult, Engine } from '../../engines/engine.ts';
import { tagOf } from '../../conventions/image-names.ts';
import type { BuildLog } from './build-log.ts';
import type { Recipe } from './check.ts';
import { streamContext } from './context.ts';
import { readTar } from './image-tar.ts';
import { ZipArchive } from './zip-archive.ts';

export interface Step {
  number: number;
  total: number;
  text: string;
}

export interface ImageRequest {
  recipe: Recipe;
  /** Our copy of the archive, and the name its owner knows it by. */
  path: string;
  file: string;
  instance: string;
  onStep(step: Step): void;
  /** Waits until there is room for a new image. */
  waitForRoom(): Promise<void>;
}

export type Made = { ok: true; image: string; imageId: string; cached: boolean } | Extract<BuildResult, { ok: false }>;

/** Nobody reads so much, and the engine keeps sending. */
const ENDLESS_BYTES = 1024 ** 3;

/** An image's label: what it was made from. Not the labels of containers, which containers would inherit. */
const CONTENT_LABEL = 'dopq.content';
const MAKER_LABEL = 'dopq.made-by';

class BuildLimit extends Error {
  override name = 'BuildLimit';
}

/**
 * Finds or makes the image.
 * @throws EngineError for an outage; the signal's reason after an abort
 */
export async function makeImage(
  engine: Engine,
  request: ImageRequest,
  config: Config,
  openLog: () => Promise<BuildLog>,
  signal: AbortSignal,
): Promise<Made> {
  const { recipe, instance } = request;
  if (recipe.how === 'image') return await findGiven(engine, recipe.image);
  const tag = tagOf(instance, recipe.content);
  const known = await engine.findImage(tag);
  if (known !== undefined) return { ok: true, image: tag, imageId: known, cached: true };
  await request.waitForRoom();
  await using log = await openLog();
  using limits = new Limits(config, signal);
  const output = (text: string) => {
    log.write(text);
    limits.heard(log.totalBytes);
  };
  try {
    const result = await run(engine, request, config.builder.memoryBytes, recipe, tag, output, limits);
    if (result.ok) return { ok: true, image: tag, imageId: result.imageId, cached: false };
    log.write(`\n${result.error}\n`);
    return { ...result, error: withLastLines(result.error, log) };
  } catch (error) {
    if (!(error instanceof BuildLimit)) throw error;
    log.write(`\n${error.message}\n`);
    return { ok: false, error: withLastLines(error.message, log) };
  }
}

async function run(
  engine: Engine,
  request: ImageRequest,
  memoryBytes: number | null,
  recipe: Recipe & { how: 'build' | 'load' },
  tag: string,
  onOutput: (text: string) => void,
  limits: Limits,
): Promise<BuildResult> {
  const { path, file, instance } = request;
  const { signal } = limits;
  if (recipe.how === 'load' && recipe.inside === null) {
    return await engine.load(await readTar(path), { tag, signal, onOutput });
  }
  const unlimited = { maxEntries: Number.POSITIVE_INFINITY, maxUnpackedBytes: Number.POSITIVE_INFINITY };
  await using archive = await ZipArchive.open(path, file, unlimited);
  if (recipe.how === 'load') {
    return await engine.load(streamFile(archive, recipe.inside ?? '', signal), { tag, signal, onOutput });
  }
  const { folder, dockerfile, dockerfileText, content } = recipe;
  return await engine.build({
    context: streamContext({ archive, folder, dockerfile }, signal),
    dockerfile,
    dockerfileText,
    tag,
    ...(memoryBytes !== null && { memoryBytes }),
    labels: { [CONTENT_LABEL]: content, [MAKER_LABEL]: instance },
    onOutput,
    onStep: (step) => request.onStep(step),
    signal,
  });
}

async function findGiven(engine: Engine, image: string): Promise<Made> {
  const imageId = await engine.findImage(image);
  if (imageId !== undefined) return { ok: true, image, imageId, cached: true };
  return {
    ok: false,
    error: `The engine has no image ${image}. Ask the administrator to pull it, or put a Dockerfile or a "docker save" tar into the zip.`,
  };
}

function streamFile(archive: ZipArchive, path: string, signal: AbortSignal): Readable {
  const stream = new PassThrough();
  const write = (chunk: Uint8Array) =>
    stream.write(chunk)
      ? undefined
      : new Promise<void>((resolve) => void stream.once('drain', resolve).once('close', resolve));
  archive.read(path, signal, write).then(
    () => stream.end(),
    (error: Error) => stream.destroy(error),
  );
  return stream;
}

function withLastLines(error: string, log: BuildLog): string {
  const lines = log.lastLines();
  return lines.endsWith(error.trim()) ? lines : `${lines}\n${error}`.trim();
}

/** Ends a build that takes too long, falls silent or prints without end. */
class Limits implements Disposable {
  readonly signal: AbortSignal;
  readonly #abort = new AbortController();
  readonly #total: NodeJS.Timeout;
  readonly #quiet: NodeJS.Timeout;

  constructor({ builder }: Config, signal: AbortSignal) {
    this.signal = AbortSignal.any([signal, this.#abort.signal]);
    this.#total = this.#endAfter(
      builder.timeoutMs,
      `The build took longer than ${minutes(builder.timeoutMs)} and was ended.`,
    );
    this.#quiet = this.#endAfter(
      builder.quietTimeoutMs,
      `The build printed nothing for ${minutes(builder.quietTimeoutMs)} and was ended.`,
    );
  }

  heard(totalBytes: number): void {
    this.#quiet.refresh();
    if (totalBytes > ENDLESS_BYTES)
      this.#abort.abort(new BuildLimit('The build printed more than 1 GiB and was ended.'));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#total);
    clearTimeout(this.#quiet);
  }

  #endAfter(ms: number, message: string): NodeJS.Timeout {
    // Node's timers end at 2^31 ms, three weeks.
    return setTimeout(() => this.#abort.abort(new BuildLimit(message)), Math.min(ms, 2 ** 31 - 1));
  }
}

function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} seconds` : `${Math.round(ms / 60_000)} minutes`;
}
