// GPUs that do not exist, for `dopq serve --simulate`: what they show follows from what the simulated engine runs.
import type { Clock } from '../clock.ts';
import type { GpuReading, Hardware } from './hardware.ts';
import { readHost } from './host.ts';

export interface SimulatedGpuModel {
  name: string;
  memoryBytes: number;
  idleWatts: number;
  fullWatts: number;
}

const GIB = 1024 ** 3;

const MODELS: SimulatedGpuModel[] = [
  { name: 'Simulated A100 40GB', memoryBytes: 40 * GIB, idleWatts: 50, fullWatts: 400 },
  { name: 'Simulated RTX 3090', memoryBytes: 24 * GIB, idleWatts: 25, fullWatts: 350 },
];

export interface SimulatedHardwareOptions {
  clock: Clock;
  /** Default 4. */
  count?: number;
  /** Given out in turn; default large ones and small ones. */
  models?: SimulatedGpuModel[];
  /** UUIDs of the GPUs that work now; default none. */
  busyGpus?: () => ReadonlySet<string>;
  /** Default: what this machine really has. */
  cpus?: number;
  memoryBytes?: number;
  /** The same seed gives the same UUIDs and the same noise. Default 1. */
  seed?: number;
}

export interface SimulatedMachine {
  count?: number;
  cpus?: number;
  memoryBytes?: number;
}

/** `DOPQ_SIM_GPUS=16` and `DOPQ_SIM_HOST=96,512` (CPUs, GB) make `dopq serve --simulate` another machine. */
export function readSimulatedMachine(env: Record<string, string | undefined>): SimulatedMachine {
  const count = Number(env['DOPQ_SIM_GPUS']);
  const [cpus, gib] = (env['DOPQ_SIM_HOST'] ?? '').split(',').map(Number);
  return { ...(count > 0 && { count }), ...(cpus && { cpus }), ...(gib && { memoryBytes: gib * GIB }) };
}

const IDLE_CELSIUS = 32;
const FULL_CELSIUS = 74;
/** A GPU comes two thirds of the way to its new temperature in this time. */
const THERMAL_MS = 30_000;
/** Readings change once in so long, as those of the real reader. */
const SAMPLE_MS = 1000;

/** 0 to 1, always the same for the same words (FNV-1a, mixed as in murmur3). */
function noise(...words: (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of words.join('/')) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** The UUID of a simulated GPU, in NVIDIA's format. */
export function simulatedGpuUuid(index: number, seed = 1): string {
  const hex = [0, 1, 2, 3].map((part) =>
    Math.floor(noise(seed, index, part) * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  );
  return `GPU-${hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`;
}

interface Warmth {
  celsius: number;
  atMs: number;
}

/** Exponential approach to the temperature of the present load. */
function warmed(before: Warmth, busy: boolean, nowMs: number): Warmth {
  const goal = busy ? FULL_CELSIUS : IDLE_CELSIUS;
  const left = Math.exp(-Math.max(0, nowMs - before.atMs) / THERMAL_MS);
  return { celsius: goal + (before.celsius - goal) * left, atMs: nowMs };
}

/** Values follow from seed, time and load alone; nothing runs in the background. */
export function startSimulatedHardware(options: SimulatedHardwareOptions): Hardware {
  const { clock, count = 4, models = MODELS, busyGpus = () => new Set<string>(), seed = 1 } = options;
  const startedAt = clock.now();
  const host = readHost();
  const gpus = Array.from({ length: count }, (_, index) => ({
    index,
    uuid: simulatedGpuUuid(index, seed),
    model: models[index % models.length] as SimulatedGpuModel,
    warmth: { celsius: IDLE_CELSIUS, atMs: startedAt },
  }));

  function read(gpu: (typeof gpus)[number], busy: boolean, now: number): GpuReading {
    gpu.warmth = warmed(gpu.warmth, busy, now);
    const load = busy ? 0.85 + 0.15 * noise(seed, gpu.uuid, Math.floor(now / SAMPLE_MS)) : 0;
    const memoryShare = busy ? 0.4 + 0.5 * noise(seed, gpu.uuid, 'memory') : 0;
    const { name, memoryBytes, idleWatts, fullWatts } = gpu.model;
    return {
      uuid: gpu.uuid,
      index: gpu.index,
      name,
      memoryBytes,
      memoryUsedBytes: Math.round(memoryShare * memoryBytes),
      utilizationPercent: Math.round(100 * load),
      temperatureCelsius: Math.round(gpu.warmth.celsius),
      powerWatts: Math.round(idleWatts + load * (fullWatts - idleWatts)),
      processes: [],
    };
  }

  return {
    gpus() {
      const now = clock.now();
      const busy = busyGpus();
      return {
        state: count === 0 ? 'absent' : 'ok',
        at: now,
        since: startedAt,
        ...(count === 0 && { message: 'simulated without GPUs' }),
        gpus: gpus.map((gpu) => read(gpu, busy.has(gpu.uuid), now)),
        driverVersion: 'simulated',
      };
    },
    host() {
      const real = host.sample();
      const { cpus = real.cpus, memoryBytes = real.memoryBytes } = options;
      const part = memoryBytes / real.memoryBytes;
      return { ...real, cpus, memoryBytes, memoryUsedBytes: Math.round(real.memoryUsedBytes * part) };
    },
    ready: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
