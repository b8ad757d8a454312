// Runs nvidia-smi without ever waiting longer than a deadline, also when it cannot be killed.
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { SmiFailure } from './nvidia-trouble.ts';

export type SmiAnswer = { ok: true; output: string } | { ok: false; failure: SmiFailure };

export interface NvidiaSmi {
  query(args: readonly string[]): Promise<SmiAnswer>;
}

/** How long after KILL a process may take to be gone; in an uninterruptible call of the driver it never is. */
const KILL_GRACE_MS = 1000;
const MAX_OUTPUT_BYTES = 4 * 1024 ** 2;

/** @param signal ends a running query at once */
export function connectNvidiaSmi(command: string, deadlineMs: number, signal: AbortSignal): NvidiaSmi {
  // While an earlier process cannot be killed, no other is started to hang beside it.
  let stuckPid: number | undefined;
  return {
    async query(args) {
      if (stuckPid !== undefined) return { ok: false, failure: { kind: 'hung', deadlineMs, stuckPid } };
      const child = run(command, args);
      const answer = child.then(toAnswer);
      const inTime = await within(answer, deadlineMs, signal);
      if (inTime) return inTime;

      killGroup(child.pid);
      if (await within(answer, KILL_GRACE_MS)) return { ok: false, failure: { kind: 'hung', deadlineMs } };
      stuckPid = child.pid;
      void answer.finally(() => {
        stuckPid = undefined;
      });
      return { ok: false, failure: { kind: 'hung', deadlineMs, ...(stuckPid !== undefined && { stuckPid }) } };
    },
  };
}

function run(command: string, args: readonly string[]) {
  return execa(command, args, {
    // A process group of its own, so that what a wrapper script started ends with it.
    detached: true,
    cleanup: false,
    reject: false,
    stdin: 'ignore',
    stderr: 'ignore',
    maxBuffer: MAX_OUTPUT_BYTES,
    env: { LC_ALL: 'C' },
  });
}

function toAnswer(result: Awaited<ReturnType<typeof run>>): SmiAnswer {
  if (!result.failed) return { ok: true, output: result.stdout };
  const { exitCode, signal, stdout: output, code, originalMessage } = result;
  if (exitCode === undefined && signal === undefined) {
    return { ok: false, failure: { kind: 'not_started', code, message: originalMessage ?? result.shortMessage ?? '' } };
  }
  return { ok: false, failure: { kind: 'exited', exitCode, signal, output } };
}

/** The result, or undefined if it takes longer or `signal` aborts. */
async function within<T>(result: Promise<T>, timeoutMs: number, signal?: AbortSignal): Promise<T | undefined> {
  const done = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: AbortSignal.any([done.signal, ...(signal ? [signal] : [])]) });
  try {
    return await Promise.race([result, late.catch(() => undefined)]);
  } finally {
    done.abort();
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
