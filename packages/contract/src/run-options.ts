import type { Problem } from './problem.ts';
import { fieldPath } from './problem.ts';
import { formatSize } from './units.ts';

/**
 * What a user may say about the container, checked and bounded. Each field has the name, unit and meaning of the
 * engine's container specification; a missing one leaves DoPQ's default.
 */
export interface RunOptions {
  command?: string[];
  entrypoint?: string[];
  workingDir?: string;
  env?: Record<string, string>;
  /** Every name starts with `user.`, so none can pass for a label of DoPQ or of another tool. */
  labels?: Record<string, string>;
  hostname?: string;
  domainname?: string;
  healthcheck?: Healthcheck;
  stopSignal?: string;
  tty?: boolean;
  init?: boolean;
  memoryReservationBytes?: number;
  /** 0 to 100; engines on cgroup v2 leave it out. */
  memorySwappiness?: number;
  /** Size of /dev/shm. */
  shmBytes?: number;
  oomScoreAdj?: number;
  cpus?: number;
  cpuShares?: number;
  /** With `cpuQuotaUs` and never beside `cpus`: the engine takes one or the other. */
  cpuPeriodUs?: number;
  cpuQuotaUs?: number;
  cpusetCpus?: string;
  cpusetMems?: string;
  pidsLimit?: number;
  /** -1 = unlimited. */
  ulimits?: { name: string; soft: number; hard: number }[];
  readOnlyRoot?: boolean;
  /** Target -> mount options. */
  tmpfs?: Record<string, string>;
  blkioWeight?: number;
  storageBytes?: number;
  networkDisabled?: boolean;
  /** Missing = the network DoPQ gives every job. */
  network?: 'none';
  dns?: string[];
  dnsSearch?: string[];
  dnsOptions?: string[];
  /** Host name -> IP address. */
  extraHosts?: Record<string, string>;
  /** To be dropped beside those DoPQ drops; without the prefix `CAP_`. */
  capDrop?: string[];
  capAdd?: string[];
  cgroupns?: 'private';
  ipcMode?: 'private' | 'shareable';
  sysctls?: Record<string, string>;
}

export interface Healthcheck {
  test: string[];
  intervalMs?: number;
  timeoutMs?: number;
  startPeriodMs?: number;
  retries?: number;
}

/**
 * What in `options` does not fit into a job's memory. For who decides the memory after the options were parsed: a
 * submission without required_memory leaves it to the machine.
 */
export function memoryProblems(options: RunOptions, memoryBytes: number, file = 'container_config.json'): Problem[] {
  const asked = [
    { key: 'mem_reservation', bytes: options.memoryReservationBytes ?? 0 },
    { key: 'shm_size', bytes: options.shmBytes ?? 0 },
    { key: 'tmpfs', bytes: tmpfsBytes(options.tmpfs ?? {}) },
  ];
  return asked
    .filter(({ bytes }) => bytes > memoryBytes)
    .map(({ key, bytes }) => ({
      file,
      field: fieldPath('run_params', key),
      rule: `at most the memory of the job, ${formatSize(memoryBytes)}`,
      message: `asks for ${formatSize(bytes)}`,
      fix: `Ask for less, or for more memory: "required_memory": "${formatSize(bytes)}"`,
    }));
}

function tmpfsBytes(tmpfs: Record<string, string>): number {
  return Object.values(tmpfs)
    .map((options) => Number(/(?:^|,)size=(\d+)/.exec(options)?.[1] ?? 0))
    .reduce((sum, bytes) => sum + bytes, 0);
}
