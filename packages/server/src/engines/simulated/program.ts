// What a simulated container does. Nothing here asks for the time or for chance: the same container always does the same,
// so that after a restart its past is played again instead of read from a file.
import { createHash } from 'node:crypto';
import { type ContainerSpec, LABELS } from '../engine.ts';
import type { ImageConfig } from './dockerfile.ts';
import { type Act, runCommand } from './shell.ts';

export interface Ending {
  exitCode: number;
  oomKilled: boolean;
}

/** Acts a container can do: work is broken down into output and time. */
export type ContainerAct = Exclude<Act, { kind: 'work' }>;

export type Program = Generator<ContainerAct, Ending>;

/** Bounds of a program that is not simulated in detail, seconds: long enough to be seen, short enough for a demo. */
const WORK_SECONDS = { least: 20, most: 90 };

/** Time between two lines of its output, seconds. */
const LINE_SECONDS = 2;

/**
 * `DOPQ_SIM_SECONDS`, `DOPQ_SIM_EXIT` (a code or `oom`) and `DOPQ_SIM_LOG` (lines, printed evenly over the time) say what
 * the container does; without them its command is interpreted.
 */
export function* containerProgram(spec: ContainerSpec, image: ImageConfig): Program {
  const env = { ...image.env, ...spec.env };
  const entrypoint = spec.entrypoint ?? image.entrypoint;
  const command = spec.command ?? (spec.entrypoint ? [] : image.command);
  const seed = seedOf(spec.labels[LABELS.job] ?? spec.name);

  if (['DOPQ_SIM_SECONDS', 'DOPQ_SIM_EXIT', 'DOPQ_SIM_LOG'].some((name) => env[name] !== undefined)) {
    return yield* orderedProgram(env, seed);
  }
  const exitCode = yield* breakDown(runCommand([...entrypoint, ...command], env, image.scripts), seed);
  return { exitCode, oomKilled: false };
}

function* orderedProgram(env: Record<string, string>, seed: number): Program {
  const ms = Number(env['DOPQ_SIM_SECONDS'] ?? workSeconds(seed)) * 1000;
  const lines = env['DOPQ_SIM_LOG']?.split(/\\n|\n/) ?? [`simulated for ${ms / 1000} s`];
  for (const line of lines) {
    yield { kind: 'print', stream: 'stdout', text: `${line}\n` };
    yield { kind: 'sleep', ms: ms / lines.length };
  }
  const exit = env['DOPQ_SIM_EXIT'] ?? '0';
  return exit === 'oom' ? { exitCode: 137, oomKilled: true } : { exitCode: Number(exit) & 0xff, oomKilled: false };
}

function* breakDown(run: Generator<Act, number>, seed: number): Generator<ContainerAct, number> {
  for (;;) {
    const { done, value } = run.next();
    if (done) return value;
    if (value.kind === 'work') yield* work(value.command, seed);
    else yield value;
  }
}

function* work(command: string, seed: number): Generator<ContainerAct> {
  const lines = Math.round(workSeconds(seed) / LINE_SECONDS);
  yield { kind: 'print', stream: 'stderr', text: `simulated: ${command.split('\n')[0]}\n` };
  for (let line = 1; line <= lines; line += 1) {
    yield { kind: 'sleep', ms: LINE_SECONDS * 1000 };
    const loss = (2.3 * Math.exp(-line / (lines / 3)) + 0.02 * ((seed + line * 7) % 10)).toFixed(4);
    yield { kind: 'print', stream: 'stdout', text: `epoch ${line}/${lines}  loss ${loss}\n` };
  }
}

function workSeconds(seed: number): number {
  return WORK_SECONDS.least + (seed % (WORK_SECONDS.most - WORK_SECONDS.least + 1));
}

/** A number that is always the same for the same text and different for the next job. */
export function seedOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}
