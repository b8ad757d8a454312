// One dockerd with sockets and directories of its own, started and ended as often as a test likes.
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerdSocket } from './containerd.ts';
import { type DaemonGround, hasEnded, lastLines, spawnDaemon } from './daemon.ts';
import { isAnswering } from './engine-http.ts';
import { cgroupParentOf } from './leftovers.ts';
import { waitFor } from './wait-for.ts';

export interface DockerdOptions extends DaemonGround {
  socket: string;
  /** Content of daemon.json: without a file of ours the system's would be read. */
  config: Record<string, unknown>;
  args: string[];
}

function argumentsOf({ engineId, dir, socket, args }: DockerdOptions): string[] {
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
    `--containerd=${containerdSocket(dir)}`,
    ...args,
  ];
}

/** Starts dockerd and waits until it answers. */
export async function startDockerd(options: DockerdOptions): Promise<ChildProcess> {
  const { dir, socket } = options;
  writeFileSync(join(dir, 'daemon.json'), JSON.stringify(options.config));
  for (const stale of [join(dir, 'docker.pid'), socket]) rmSync(stale, { force: true });
  const logPath = join(dir, 'dockerd.log');
  const child = spawnDaemon(options, 'dockerd', argumentsOf(options), logPath);
  await waitFor(async () => hasEnded(child) || (existsSync(socket) && (await isAnswering(socket))), {
    timeoutMs: 60_000,
    message: () => `dockerd to answer on ${socket}; its log ends with\n${lastLines(logPath)}`,
  });
  if (hasEnded(child)) throw new Error(`dockerd ended at its start; its log ends with\n${lastLines(logPath)}`);
  return child;
}

/** Stops every thread, so that nothing is answered any more once this resolves. */
export async function hangDockerd(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP');
  const tasks = `/proc/${child.pid}/task`;
  const isStopped = (thread: string) => readFileSync(`${tasks}/${thread}/stat`, 'latin1').includes(') T ');
  await waitFor(() => readdirSync(tasks).every(isStopped), { message: 'dockerd to stop' });
}
