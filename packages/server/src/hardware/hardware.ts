// What the machine has: GPUs by UUID, CPU and memory. Read in the background; a round takes the last sample and its age.

export interface GpuProcess {
  /** The host's pid. */
  pid: number;
  name: string;
  memoryBytes?: number;
}

export interface GpuReading {
  uuid: string;
  /** PCI order; display only. */
  index: number;
  name: string;
  memoryBytes?: number;
  memoryUsedBytes?: number;
  /** 0 to 100. */
  utilizationPercent?: number;
  temperatureCelsius?: number;
  powerWatts?: number;
  processes: GpuProcess[];
}

/**
 * - `ok`: the last reading is good. `absent`: this machine has no GPU (no nvidia-smi, or "No devices were found").
 * - `failing`: nvidia-smi hangs, exits with an error or prints what cannot be read; `message` says so, with the fix.
 * - `starting`: nothing read yet.
 */
export type GpuReaderState = 'starting' | 'ok' | 'absent' | 'failing';

export interface GpuSample {
  state: GpuReaderState;
  /** When the newest good reading was taken; undefined = never. */
  at?: number;
  /** Since when the state is what it is. */
  since: number;
  message?: string;
  /** The newest good reading, also while `failing`: the caller judges by its age. */
  gpus: GpuReading[];
  driverVersion?: string;
}

export interface HostSample {
  cpus: number;
  cpuPercent?: number;
  memoryBytes: number;
  memoryUsedBytes: number;
}

export interface Hardware extends AsyncDisposable {
  gpus(): GpuSample;
  host(): HostSample;
  /** Resolves when the first reading has ended, well or badly. */
  ready(): Promise<void>;
}
