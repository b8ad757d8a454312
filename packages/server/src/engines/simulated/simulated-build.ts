import { createHash } from 'node:crypto';
import path from 'node:path';
import { extract } from 'tar-stream';
import { type BuildOptions, type BuildResult, LABELS } from '../engine.ts';
import { applyInstruction, type ImageConfig, type Instruction, parseDockerfile } from './dockerfile.ts';
import { runCommand } from './shell.ts';
import { delay, findSimulatedImage, putImage, type SimulatedWorld } from './world.ts';

/** What one instruction takes: long enough for the dashboard to show a build. */
const STEP_MS = 400;

/** Larger ones are no Dockerfiles. */
const MAX_DOCKERFILE_BYTES = 1024 * 1024;
/** Larger ones do more than is simulated. */
const MAX_SCRIPT_BYTES = 16 * 1024;
const MAX_SCRIPTS = 20;

/**
 * Reads the whole context, prints what the classic builder would and fails where it would: no Dockerfile, an unknown
 * instruction, a COPY of something that is not there, a RUN that exits with an error (`RUN false`, `RUN exit 1`).
 */
export async function simulatedBuild(
  world: SimulatedWorld,
  options: BuildOptions,
  stepMs: number = STEP_MS,
): Promise<BuildResult> {
  try {
    const context = await readContext(options);
    const instructions = parseDockerfile(context.dockerfile ?? '');
    if (context.dockerfile === undefined) {
      return { ok: false, error: `Cannot locate specified Dockerfile: ${options.dockerfile}` };
    }
    if (typeof instructions === 'string') return { ok: false, error: instructions };
    return await runInstructions(world, options, instructions, context, stepMs);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.context.destroy();
  }
}

interface Context {
  dockerfile: string | undefined;
  names: string[];
  scripts: Record<string, string>;
  digest: string;
}

async function readContext({ context, dockerfile, signal }: BuildOptions): Promise<Context> {
  const hash = createHash('sha256');
  const names: string[] = [];
  const chunks: Buffer[] = [];
  const scripts: Record<string, string> = {};
  const entries = context.pipe(extract());
  const onAbort = () => entries.destroy(signal?.reason as Error);
  context.once('error', (error) => entries.destroy(error));
  signal?.addEventListener('abort', onAbort, { once: true });
  for await (const entry of entries) {
    const name = entry.header.name.replace(/^\.\//, '').replace(/\/$/, '');
    names.push(name);
    hash.update(name);
    let bytes = 0;
    const isScript = name.endsWith('.sh') && Object.keys(scripts).length < MAX_SCRIPTS;
    const script: Buffer[] = [];
    for await (const chunk of entry) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (name === dockerfile && bytes <= MAX_DOCKERFILE_BYTES) chunks.push(chunk as Buffer);
      if (isScript && bytes <= MAX_SCRIPT_BYTES) script.push(chunk as Buffer);
    }
    if (isScript && bytes <= MAX_SCRIPT_BYTES) scripts[path.basename(name)] = Buffer.concat(script).toString();
  }
  signal?.removeEventListener('abort', onAbort);
  const found = names.includes(dockerfile);
  const text = found ? Buffer.concat(chunks).toString() : undefined;
  return { dockerfile: text, names, scripts, digest: hash.digest('hex') };
}

async function runInstructions(
  world: SimulatedWorld,
  options: BuildOptions,
  instructions: Instruction[],
  context: Context,
  stepMs: number,
): Promise<BuildResult> {
  let config: ImageConfig = { command: [], entrypoint: [], env: {} };
  for (const [index, instruction] of instructions.entries()) {
    const text = `${instruction.name} ${instruction.text}`;
    const step = { number: index + 1, total: instructions.length, text };
    options.onStep?.(step);
    options.onOutput(`Step ${step.number}/${step.total} : ${text}\n`);
    await delay(world, stepMs, options.signal);
    if (instruction.name === 'FROM') config = baseOf(world, instruction.text);
    else config = applyInstruction(config, instruction);
    const error = await failureOf(world, instruction, config, context, options);
    if (error !== undefined) return { ok: false, error };
    options.onOutput(` ---> ${layerOf(context, index)}\n`);
  }
  return finish(world, options, config, context);
}

function finish(world: SimulatedWorld, options: BuildOptions, config: ImageConfig, context: Context): BuildResult {
  const hash = createHash('sha256')
    .update(context.digest)
    .update(JSON.stringify([config, options.labels[LABELS.job]]));
  const imageId = `sha256:${hash.digest('hex')}`;
  putImage(world, { id: imageId, createdAt: world.clock.now(), ...config, scripts: context.scripts }, options.tag);
  options.onOutput(`Successfully built ${imageId.slice(7, 19)}\nSuccessfully tagged ${options.tag}\n`);
  return { ok: true, imageId };
}

/** Every image can be built from; one that is known here also hands down its command. */
function baseOf(world: SimulatedWorld, text: string): ImageConfig {
  const name = text.split(/\s+/).find((word) => !word.startsWith('--')) ?? '';
  const { command = [], entrypoint = [], env = {} } = findSimulatedImage(world, name) ?? {};
  return { command, entrypoint, env };
}

async function failureOf(
  world: SimulatedWorld,
  { name, text }: Instruction,
  config: ImageConfig,
  context: Context,
  options: BuildOptions,
): Promise<string | undefined> {
  if (name === 'COPY' || name === 'ADD') return missingSource(text, context);
  if (name !== 'RUN') return undefined;
  const command = ['/bin/sh', '-c', text];
  const run = runCommand(command, config.env, context.scripts);
  for (;;) {
    const { done, value } = run.next();
    if (done) return value === 0 ? undefined : `The command '${command.join(' ')}' returned a non-zero code: ${value}`;
    if (value.kind === 'print') options.onOutput(value.text);
    if (value.kind === 'sleep') await delay(world, value.ms, options.signal);
  }
}

function missingSource(text: string, context: Context): string | undefined {
  if (/--from=|^\[|<<|[*?$]|:\/\//.test(text)) return undefined;
  const sources = text
    .split(/\s+/)
    .filter((word) => !word.startsWith('--'))
    .slice(0, -1);
  const missing = sources
    .map((source) => source.replace(/^\.?\//, '').replace(/\/$/, ''))
    .find(
      (source) =>
        !['', '.'].includes(source) && !context.names.some((name) => name === source || name.startsWith(`${source}/`)),
    );
  if (missing === undefined) return undefined;
  return `COPY failed: file not found in build context or excluded by .dockerignore: stat ${missing}: file does not exist`;
}

function layerOf(context: Context, index: number): string {
  return createHash('sha256').update(`${context.digest}${index}`).digest('hex').slice(0, 12);
}
