// CPU and memory of this machine.
import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { HostSample } from './hardware.ts';

export interface CpuTimes {
  /** Both in clock ticks, summed over the CPUs. */
  busy: number;
  total: number;
}

/** First line of /proc/stat: user nice system idle iowait irq softirq steal; guest times are in user already. */
export function parseCpuTimes(stat: string): CpuTimes | undefined {
  const line = /^cpu +(\d[\d ]*)$/m.exec(stat)?.[1];
  const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, steal = 0] =
    line?.split(' ').map(Number) ?? [];
  const busy = user + nice + system + irq + softIrq + steal;
  return line === undefined ? undefined : { busy, total: busy + idle + ioWait };
}

/** /proc/meminfo. Used = what a new program could not have: total minus `MemAvailable`. */
export function parseMemory(meminfo: string): { memoryBytes: number; memoryUsedBytes: number } | undefined {
  const bytesOf = (key: string) => {
    const kib = new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  };
  const [total, available] = [bytesOf('MemTotal'), bytesOf('MemAvailable')];
  if (total === undefined || available === undefined) return undefined;
  return { memoryBytes: total, memoryUsedBytes: total - available };
}

/** Where the two times are equal (asked twice within a tick) there is no answer. */
export function cpuPercentBetween(before: CpuTimes, after: CpuTimes): number | undefined {
  const total = after.total - before.total;
  return total <= 0 ? undefined : Math.min(100, Math.max(0, (100 * (after.busy - before.busy)) / total));
}

/** CPU use is an average over at least this long, however often it is asked for. */
const CPU_WINDOW_MS = 2000;

/** Reads /proc when asked; `cpuPercent` is of all CPUs together, over the time since an earlier question. */
export function readHost(): { sample(): HostSample } {
  let base = { times: readCpuTimes(), atMs: performance.now() };
  let cpuPercent: number | undefined;
  return {
    sample() {
      const [times, nowMs] = [readCpuTimes(), performance.now()];
      if (base.times && times && (cpuPercent === undefined || nowMs - base.atMs >= CPU_WINDOW_MS)) {
        cpuPercent = cpuPercentBetween(base.times, times) ?? cpuPercent;
        base = { times, atMs: nowMs };
      }
      return { cpus: os.availableParallelism(), ...readMemory(), ...(cpuPercent !== undefined && { cpuPercent }) };
    },
  };
}

function readCpuTimes(): CpuTimes | undefined {
  return parseCpuTimes(readProc('stat'));
}

function readMemory(): { memoryBytes: number; memoryUsedBytes: number } {
  const free = os.freemem();
  return parseMemory(readProc('meminfo')) ?? { memoryBytes: os.totalmem(), memoryUsedBytes: os.totalmem() - free };
}

/** Empty where there is no /proc (macOS). */
function readProc(name: string): string {
  try {
    return readFileSync(`/proc/${name}`, 'latin1');
  } catch {
    return '';
  }
}
