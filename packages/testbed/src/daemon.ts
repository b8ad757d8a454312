// A daemon of a private engine, as a process of its namespaces that goes on without us.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { MARK } from './leftovers.ts';
import type { Namespaces } from './namespaces.ts';

export interface DaemonGround {
  engineId: string;
  dir: string;
  namespaces: Namespaces;
  env: NodeJS.ProcessEnv;
}

/** What it says goes to `logPath`. */
export function spawnDaemon(ground: DaemonGround, command: string, args: string[], logPath: string): ChildProcess {
  const log = openSync(logPath, 'a');
  const child = spawn(...ground.namespaces.enter(command, args), {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...ground.env, [MARK]: ground.engineId },
  });
  closeSync(log);
  child.unref();
  child.once('error', () => undefined);
  return child;
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The last lines of its log, for errors. */
export function lastLines(logPath: string): string {
  return existsSync(logPath) ? readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-8).join('\n') : '';
}

/** Sends a signal and waits for the end; KILL follows after `graceMs`. */
export async function endDaemon(child: ChildProcess, signal: NodeJS.Signals, graceMs = 30_000): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.ref();
  child.kill(signal);
  // A stopped process takes no TERM before it goes on.
  child.kill('SIGCONT');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(timer);
}
