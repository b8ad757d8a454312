import { setTimeout as delay } from 'node:timers/promises';
import { EngineError, type ExecResult } from '../engine.ts';
import type { DockerApi } from './api.ts';
import { askAgain, isBadMoment } from './ask-again.ts';
import { Demultiplexer } from './log-stream.ts';

/** Beyond this an exec is not a question but a transfer: there are logs and archives for that. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/**
 * Runs a command in a running container as the container's own user. `timeoutMs` covers all of it; the engine knows no
 * way to end a command it has started inside, so one that runs longer goes on there.
 */
export async function execIn(
  api: DockerApi,
  containerId: string,
  command: string[],
  options: { timeoutMs: number; env: Record<string, string> },
): Promise<ExecResult> {
  const execId = await makeExec(api, containerId, command, { env: options.env, stdin: false, tty: false });
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const name = command.join(' ');
  try {
    const output = await readOutput(api, execId, name, timeout);
    return { exitCode: await readExitCode(api, execId, timeout), ...output };
  } catch (error) {
    if (!timeout.aborted) throw error;
    throw new EngineError('timeout', `"${name}" did not end within ${options.timeoutMs / 1000} s; it may still run.`);
  }
}

/** One that was made and never started is nothing: the engine forgets it with its container. @returns its id */
export async function makeExec(
  api: DockerApi,
  containerId: string,
  command: string[],
  { env, stdin, tty }: { env: Record<string, string>; stdin: boolean; tty: boolean },
): Promise<string> {
  const body = {
    Cmd: command,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    AttachStdin: stdin,
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty,
    Privileged: false,
  };
  const path = `/containers/${containerId}/exec`;
  const { Id } = await askAgain(() => api.json<{ Id: string }>({ method: 'POST', path, body }));
  return Id;
}

/** A command is started at most once: not again if the engine says that it ran, and the engine itself refuses a second start. */
export async function startExec<T>(api: DockerApi, execId: string, start: () => Promise<T>): Promise<T> {
  return await askAgain(async () => {
    try {
      return await start();
    } catch (error) {
      if (!isBadMoment(error) || !(await hasRun(api, execId))) throw error;
      throw new EngineError('conflict', `The command was started, and then: ${(error as EngineError).message}`, {
        cause: error,
      });
    }
  });
}

interface ExecInfo {
  Running: boolean;
  ExitCode: number | null;
}

const readExec = (api: DockerApi, execId: string, signal?: AbortSignal) =>
  api.json<ExecInfo>({ method: 'GET', path: `/exec/${execId}/json`, signal });

async function hasRun(api: DockerApi, execId: string): Promise<boolean> {
  const { Running, ExitCode } = await readExec(api, execId);
  return Running || ExitCode !== null;
}

async function readOutput(
  api: DockerApi,
  execId: string,
  name: string,
  signal: AbortSignal,
): Promise<Pick<ExecResult, 'stdout' | 'stderr'>> {
  const path = `/exec/${execId}/start`;
  const call = { method: 'POST' as const, path, body: { Detach: false, Tty: false }, signal };
  const response = await startExec(api, execId, () => api.open(call));
  const demultiplexer = new Demultiplexer();
  const pieces: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  let bytes = 0;
  try {
    for await (const chunk of response) {
      for (const { stream, payload } of demultiplexer.take(chunk as Buffer)) {
        pieces[stream].push(payload);
        bytes += payload.length;
      }
      if (bytes > MAX_OUTPUT_BYTES) {
        throw new EngineError('refused', `"${name}" printed more than 4 MiB. Write to a file and fetch that.`);
      }
    }
  } catch (error) {
    throw api.failureOf(error);
  }
  return { stdout: Buffer.concat(pieces.stdout).toString(), stderr: Buffer.concat(pieces.stderr).toString() };
}

/** The output may end a moment before the engine has seen the exit. */
export async function readExitCode(api: DockerApi, execId: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    const info = await askAgain(() => readExec(api, execId, signal));
    if (!info.Running) return info.ExitCode ?? -1;
    await delay(20, undefined, { signal });
  }
}
