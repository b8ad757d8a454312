// What nvidia-smi prints, made into data or into a reason. Pure: no process is run here.
import type { GpuProcess, GpuReading } from './hardware.ts';

// Names come last in both queries: they may hold commas, and then simply take the rest of the line.
const GPU_FIELDS = [
  'index',
  'uuid',
  'driver_version',
  'memory.total',
  'memory.used',
  'utilization.gpu',
  'temperature.gpu',
  'power.draw',
  'name',
] as const;
const PROCESS_FIELDS = ['gpu_uuid', 'pid', 'used_gpu_memory', 'process_name'] as const;

const FORMAT = '--format=csv,noheader,nounits';
export const GPU_QUERY: readonly string[] = [`--query-gpu=${GPU_FIELDS.join(',')}`, FORMAT];
export const PROCESS_QUERY: readonly string[] = [`--query-compute-apps=${PROCESS_FIELDS.join(',')}`, FORMAT];

const MIB = 1024 ** 2;

/** A value, or the line that could not be read and what is wrong with it. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; problem: string };

export interface GpuList {
  gpus: GpuReading[];
  driverVersion: string | undefined;
}

/** Reads the answer to `GPU_QUERY`. No line at all is a problem: without GPUs nvidia-smi says so in words. */
export function parseGpus(output: string): Parsed<GpuList> {
  const parsed = parseLines(output, GPU_FIELDS, (cells) => ({
    driverVersion: isUntold(cells['driver_version']) ? undefined : cells['driver_version'],
    gpu: toGpu(cells),
  }));
  if (!parsed.ok) return parsed;
  const gpus = parsed.value.map(({ gpu }) => gpu);
  if (gpus.length === 0) return { ok: false, problem: 'nothing was printed' };
  if (new Set(gpus.map(({ uuid }) => uuid)).size < gpus.length) return { ok: false, problem: 'a UUID appears twice' };
  return { ok: true, value: { gpus, driverVersion: parsed.value[0]?.driverVersion } };
}

/** Reads the answer to `PROCESS_QUERY` as GPU UUID -> processes. */
export function parseProcesses(output: string): Parsed<Map<string, GpuProcess[]>> {
  const parsed = parseLines(output, PROCESS_FIELDS, (cells) => ({
    uuid: cells['gpu_uuid'],
    process: toProcess(cells),
  }));
  if (!parsed.ok) return parsed;
  const byGpu = new Map<string, GpuProcess[]>();
  for (const { uuid, process } of parsed.value) {
    if (process) byGpu.set(uuid, [...(byGpu.get(uuid) ?? []), process]);
  }
  return { ok: true, value: byGpu };
}

function parseLines<Field extends string, T>(
  output: string,
  fields: readonly Field[],
  toValue: (cells: Record<Field, string>) => T,
): Parsed<T[]> {
  const values: T[] = [];
  for (const line of output.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    try {
      values.push(toValue(toCells(line, fields)));
    } catch (error) {
      return { ok: false, problem: `${(error as Error).message} in "${line.trim().slice(0, 120)}"` };
    }
  }
  return { ok: true, value: values };
}

function toCells<Field extends string>(line: string, fields: readonly Field[]): Record<Field, string> {
  const cells = line.split(',');
  if (cells.length < fields.length) throw new Error(`${cells.length} cells instead of ${fields.length}`);
  const last = fields.length - 1;
  const cut = [...cells.slice(0, last), cells.slice(last).join(',')];
  return Object.fromEntries(fields.map((field, place) => [field, cut[place]?.trim() ?? ''])) as Record<Field, string>;
}

function toGpu(cells: Record<(typeof GPU_FIELDS)[number], string>): GpuReading {
  if (!/^(GPU|MIG)-\S+$/.test(cells.uuid)) throw new Error('no UUID');
  const gpu: GpuReading = {
    uuid: cells.uuid,
    index: toCount(cells.index),
    name: isUntold(cells.name) ? 'unknown GPU' : cells.name,
    processes: [],
  };
  const told = {
    memoryBytes: toBytes(cells['memory.total']),
    memoryUsedBytes: toBytes(cells['memory.used']),
    utilizationPercent: toNumber(cells['utilization.gpu']),
    temperatureCelsius: toNumber(cells['temperature.gpu']),
    powerWatts: toNumber(cells['power.draw']),
  };
  return Object.assign(gpu, withoutUndefined(told));
}

/** Undefined where the pid is not told (WSL does that): nobody could be found by it. */
function toProcess(cells: Record<(typeof PROCESS_FIELDS)[number], string>): GpuProcess | undefined {
  if (!/^(GPU|MIG)-\S+$/.test(cells.gpu_uuid)) throw new Error('no UUID');
  if (isUntold(cells.pid)) return undefined;
  const process: GpuProcess = { pid: toCount(cells.pid), name: cells.process_name };
  return Object.assign(process, withoutUndefined({ memoryBytes: toBytes(cells.used_gpu_memory) }));
}

/** `[N/A]`, `[Not Supported]`, `[Insufficient Permissions]`, `[Unknown Error]`: this GPU or driver does not tell. */
function isUntold(cell: string): boolean {
  return /^(\[.*\]|N\/A)$/.test(cell);
}

function toNumber(cell: string): number | undefined {
  if (isUntold(cell)) return undefined;
  if (!/^\d+(\.\d+)?$/.test(cell)) throw new Error(`"${cell}" is not a number`);
  return Number(cell);
}

function toCount(cell: string): number {
  if (!/^\d+$/.test(cell)) throw new Error(`"${cell}" is not a whole number`);
  return Number(cell);
}

function toBytes(cell: string): number | undefined {
  const mib = toNumber(cell);
  return mib === undefined ? undefined : mib * MIB;
}

function withoutUndefined<Key extends string>(fields: Record<Key, number | undefined>): { [K in Key]?: number } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in Key]?: number;
  };
}
