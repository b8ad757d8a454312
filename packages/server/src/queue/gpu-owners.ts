// Whose processes are on a GPU: ours (in a container we made) or somebody's outside DoPQ.
import { readFile } from 'node:fs/promises';
import type { GpuReading } from '../hardware/hardware.ts';

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

/** Undefined if the process is gone: then it uses nothing. */
async function readCgroup(pid: number): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return undefined;
  }
}
