// Network, mount and host name of its own for an engine: the host's interfaces, routes, iptables and mounts stay as they
// are, and everything made inside ends with the last process in it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { MARK } from './leftovers.ts';

export interface Namespaces {
  /** Command and arguments that run a program inside; the process is that program (nothing forks). */
  enter(command: string, args: string[]): [string, string[]];
  /** Ends the keeper; what else runs inside goes on. */
  close(): void;
}

// Directories that every engine writes to, whatever its configuration says: shims' sockets, a key. Each gets empty ones.
const HIDDEN = ['/run/containerd', '/etc/docker'];

const PREPARE = `
set -e
hostname "$1"
ip link set lo up
${HIDDEN.map((dir) => `mount -t tmpfs -o mode=711 tmpfs ${dir}`).join('\n')}
echo ready
exec sleep infinity
`;

/** Waits for the keeper's `ready`; a failure carries what it said. */
async function prepared(keeper: ChildProcess): Promise<void> {
  let said = '';
  keeper.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  const ready = once(keeper.stdout as NonNullable<typeof keeper.stdout>, 'data');
  const ended = once(keeper, 'close').then(() => {
    throw new Error(`cannot make namespaces for a private engine: ${said.trim()} (root and iproute2 are needed)`);
  });
  await Promise.race([ready, ended]);
  ended.catch(() => undefined);
}

/** Makes the namespaces and keeps them with a sleeping process until closed. */
export async function startNamespaces(engineId: string, env: NodeJS.ProcessEnv): Promise<Namespaces> {
  for (const hidden of HIDDEN) mkdirSync(hidden, { recursive: true, mode: 0o711 });
  const keeper = spawn(
    'unshare',
    ['--net', '--uts', '--mount', '--propagation', 'slave', 'sh', '-c', PREPARE, 'sh', `dopq-${engineId}`],
    { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...env, [MARK]: engineId } },
  );
  await prepared(keeper);
  keeper.stdout?.destroy();
  keeper.stderr?.destroy();
  keeper.unref();
  return {
    // Not `ip netns exec`: that remounts /sys and hides the cgroup mounts, without which dockerd does not start.
    enter: (command, args) => ['nsenter', ['-t', String(keeper.pid), '-n', '-u', '-m', '--', command, ...args]],
    close: () => void keeper.kill('SIGKILL'),
  };
}
