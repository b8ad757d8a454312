// One dockerd with a containerd, sockets and directories of its own, started and ended as often as a test likes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAnswering } from './engine-http.ts';
import { cgroupParentOf, MARK } from './leftovers.ts';
import type { Namespaces } from './namespaces.ts';
import { waitFor } from './wait-for.ts';

export interface DaemonOptions {
  engineId: string;
  dir: string;
  socket: string;
  namespaces: Namespaces;
  /** Content of daemon.json: without a file of ours the system's would be read. */
  config: Record<string, unknown>;
  env: NodeJS.ProcessEnv;
  args: string[];
}

function argumentsOf({ engineId, dir, socket, args }: DaemonOptions): string[] {
  return [
    `--config-file=${join(dir, 'daemon.json')}`,
    `--host=unix://${socket}`,
    `--data-root=${join(dir, 'data')}`,
    `--exec-root=${join(dir, 'exec')}`,
    `--pidfile=${join(dir, 'docker.pid')}`,
    // The systemd driver wants slices; a plain cgroup works with and without systemd.
    '--exec-opt=native.cgroupdriver=cgroupfs',
    `--cgroup-parent=${cgroupParentOf(engineId)}`,
    '--userland-proxy=false',
    ...args,
  ];
}

function lastLines(logPath: string): string {
  return readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Starts dockerd and waits until it answers. */
export async function startDaemon(options: DaemonOptions): Promise<ChildProcess> {
  const { dir, socket, namespaces, engineId } = options;
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'daemon.json'), JSON.stringify(options.config));
  // A containerd that died with a killed dockerd may still be a zombie; a new dockerd would take it for alive and wait.
  for (const stale of ['docker.pid', 'exec/containerd/containerd.pid']) rmSync(join(dir, stale), { force: true });
  rmSync(socket, { force: true });

  const logPath = join(dir, 'dockerd.log');
  const log = openSync(logPath, 'a');
  const [command, args] = namespaces.enter('dockerd', argumentsOf(options));
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...options.env, [MARK]: engineId },
  });
  closeSync(log);
  child.unref();
  child.once('error', () => undefined);
  await waitFor(async () => hasEnded(child) || (existsSync(socket) && (await isAnswering(socket))), {
    timeoutMs: 60_000,
    message: () => `dockerd to answer on ${socket}; its log ends with\n${lastLines(logPath)}`,
  });
  if (hasEnded(child)) throw new Error(`dockerd ended at its start; its log ends with\n${lastLines(logPath)}`);
  return child;
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

/** Stops every thread, so that nothing is answered any more once this resolves. */
export async function hangDaemon(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP');
  const tasks = `/proc/${child.pid}/task`;
  const isStopped = (thread: string) => readFileSync(`${tasks}/${thread}/stat`, 'latin1').includes(') T ');
  await waitFor(() => readdirSync(tasks).every(isStopped), { message: 'dockerd to stop' });
}
