// The engine's containerd: a service of its own, as on every machine that has Docker from a package. It outlives a dockerd
// that dies, and with it the exit codes of what ends meanwhile: Docker 26 has them from nobody else.
import type { ChildProcess } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DaemonGround, hasEnded, lastLines, spawnDaemon } from './daemon.ts';
import { waitFor } from './wait-for.ts';

export function containerdSocket(dir: string): string {
  return join(dir, 'ctd.sock');
}

/** Starts it and waits until it can be spoken to. */
export async function startContainerd(ground: DaemonGround): Promise<ChildProcess> {
  const { dir } = ground;
  const socket = containerdSocket(dir);
  rmSync(socket, { force: true });
  const config = join(dir, 'containerd.toml');
  writeFileSync(
    config,
    `version = 2
root = "${join(dir, 'containerd')}"
state = "${join(dir, 'containerd-state')}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "${socket}"
`,
  );
  const logPath = join(dir, 'containerd.log');
  const child = spawnDaemon(ground, 'containerd', ['--config', config], logPath);
  const told = (what: string) => `containerd ${what}; its log ends with\n${lastLines(logPath)}`;
  await waitFor(() => hasEnded(child) || existsSync(socket), { timeoutMs: 60_000, message: () => told('to listen') });
  if (hasEnded(child)) throw new Error(told('ended at its start'));
  return child;
}
