import { EngineError, type ExecResult } from '../engine.ts';
import type { LiveContainer } from './live-container.ts';
import { runCommand } from './shell.ts';
import { delay, type SimulatedWorld } from './world.ts';

const EXEC_TIMEOUT_MS = 30_000;

/** Runs a command of the small shell beside the container's program. What it does not know is named, does nothing and succeeds. */
export async function simulatedExec(
  world: SimulatedWorld,
  container: LiveContainer,
  command: string[],
  options: { timeoutMs?: number; env?: Record<string, string> },
): Promise<ExecResult> {
  const { spec, image } = container.record;
  const timeoutMs = options.timeoutMs ?? EXEC_TIMEOUT_MS;
  const run = runCommand(command, { ...image.env, ...spec.env, ...options.env }, image.scripts);
  const output = { stdout: '', stderr: '' };
  for (let usedMs = 0; ; ) {
    const { done, value } = run.next();
    if (done) return { exitCode: value, ...output };
    if (value.kind === 'print') output[value.stream] += value.text;
    if (value.kind === 'work') output.stderr += `simulated: ${value.command}\n`;
    if (value.kind !== 'sleep') continue;
    await delay(world, Math.min(value.ms, timeoutMs - usedMs));
    usedMs += value.ms;
    if (usedMs >= timeoutMs) {
      throw new EngineError(
        'timeout',
        `"${command.join(' ')}" did not end within ${timeoutMs / 1000} s; it may still run.`,
      );
    }
  }
}
