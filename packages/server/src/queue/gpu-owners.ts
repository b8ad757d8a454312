// Whose processes are on a GPU: ours (in a container we made) or somebody's outside DoPQ.
import { readFile } from 'node:fs/promises';
import type { GpuReading } from '../hardware/hardware.ts';
import type { World } from './world.ts';

export interface GpuOwners {
  /** GPU UUID -> one clause naming who uses it without DoPQ. */
  outside: Map<string, string>;
  /** Host pid of a process on a GPU -> the job it belongs to. */
  jobsByPid: Map<number, number>;
}

/** @param jobsByContainer full ID of each of our containers -> its job */
export async function findGpuOwners(
  gpus: readonly GpuReading[],
  jobsByContainer: ReadonlyMap<string, number>,
): Promise<GpuOwners> {
  const owners: GpuOwners = { outside: new Map(), jobsByPid: new Map() };
  for (const gpu of gpus) {
    for (const { pid, name } of gpu.processes) {
      const cgroup = await readCgroup(pid);
      if (cgroup === undefined) continue;
      const ours = [...jobsByContainer].find(([containerId]) => cgroup.includes(containerId));
      if (ours) owners.jobsByPid.set(pid, ours[1]);
      else if (!owners.outside.has(gpu.uuid)) owners.outside.set(gpu.uuid, `used outside DoPQ by ${name} (pid ${pid})`);
    }
  }
  return owners;
}

/** @returns GPU UUID -> the container outside this DoPQ that has it or is about to */
export async function findForeignContainers(
  { engine, store }: Pick<World, 'engine' | 'store'>,
  gpus: readonly Pick<GpuReading, 'uuid' | 'index'>[],
): Promise<Map<string, string>> {
  // Ours, but of no job that runs, is as foreign as any: somebody started it again, or the table is older than it is. The
  // table is asked once, when the engine has answered: what was started meanwhile is in it.
  let running: Set<string> | undefined;
  const isOfRunningJob = (name: string) => {
    running ??= new Set(store.attempts.active().map(({ containerName }) => containerName));
    return running.has(name);
  };
  const holders = new Map<string, string>();
  for (const { container, gpus: used } of await engine.listForeignGpuUse(isOfRunningJob)) {
    for (const { uuid, index } of gpus) {
      const uses = used.includes('all') || used.includes(uuid) || used.includes(String(index));
      if (uses && !holders.has(uuid)) holders.set(uuid, container);
    }
  }
  return holders;
}

/** Undefined if the process is gone: then it uses nothing. */
async function readCgroup(pid: number): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return undefined;
  }
}
