// Everything a private engine leaves in the system: marked processes, its cgroups, its directory. Mounts and interfaces
// live in namespaces of its own and end with its last process.
import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbandoned } from './engine-id.ts';
import { waitFor } from './wait-for.ts';

/** Set for dockerd and containerd and inherited by the shims (not by containers: those are found by cgroup). */
export const MARK = 'DOPQ_TESTBED_ENGINE';

/** The cgroup below which an engine puts its containers. */
export function cgroupParentOf(engineId: string): string {
  return `/dopq-testbed-${engineId}`;
}

function listDir(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function listMarkedPids(engineId: string): number[] {
  return listDir('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => readFile(`/proc/${pid}/environ`).split('\0').includes(`${MARK}=${engineId}`))
    .map(Number);
}

/** Directories of the engine's cgroups in every hierarchy, deepest first. */
function listCgroups(engineId: string): string[] {
  const roots = readFile('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, target]) => join(target ?? '', cgroupParentOf(engineId)));
  const below = (dir: string): string[] => {
    try {
      const children = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
      return [...children.flatMap((child) => below(join(dir, child.name))), dir];
    } catch {
      return [];
    }
  };
  return [...new Set(roots.flatMap(below))];
}

/** Every process of the engine, its containers' included. */
export function listEnginePids(engineId: string): number[] {
  const contained = listCgroups(engineId).flatMap((dir) =>
    readFile(join(dir, 'cgroup.procs'))
      .split('\n')
      .filter((line) => line !== '' && line !== '0')
      .map(Number),
  );
  return [...new Set([...listMarkedPids(engineId), ...contained])];
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** Ends what is left of an engine and removes it. Safe to call twice and from two processes. */
export async function removeEngine(engineId: string, dir: string): Promise<void> {
  await waitFor(
    () => {
      const pids = listEnginePids(engineId);
      pids.forEach(killNow);
      return pids.length === 0;
    },
    { message: () => `the end of processes ${listEnginePids(engineId).join(' ')} of engine ${engineId}` },
  );
  await waitFor(
    () => {
      for (const cgroup of listCgroups(engineId)) rmdirSync(cgroup);
      return listCgroups(engineId).length === 0;
    },
    { message: `the removal of the cgroups of engine ${engineId}` },
  );
  await waitFor(() => rm(dir, { recursive: true, force: true }).then(() => true), { message: `the removal of ${dir}` });
}

/** Removes the engines below `baseDir` whose owner died without doing so; returns their names. */
export async function reapEngines(baseDir: string): Promise<string[]> {
  const abandoned = listDir(baseDir).filter(isAbandoned);
  await Promise.all(abandoned.map((engineId) => removeEngine(engineId, join(baseDir, engineId))));
  return abandoned;
}
