// The supervised reader of NVIDIA GPUs: it reads in the background, the rest of the server takes the last sample.
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { nextSample, pauseMs, type Reading } from './gpu-sample.ts';
import type { GpuSample, Hardware } from './hardware.ts';
import { readHost } from './host.ts';
import { GPU_QUERY, type Parsed, parseGpus, parseProcesses, PROCESS_QUERY } from './nvidia-output.ts';
import { connectNvidiaSmi, type NvidiaSmi } from './nvidia-smi.ts';
import { explainFailure, type Trouble } from './nvidia-trouble.ts';

export interface NvidiaOptions {
  clock: Clock;
  log: Logger;
  /** Name or path of nvidia-smi. */
  command?: string;
  /** Pause between two readings; default 5 s. */
  intervalMs?: number;
  /** A query that takes longer is ended and counts as failed; default 10 s (the driver loads slowly when idle). */
  deadlineMs?: number;
}

/** Starts reading at once and goes on until disposed or aborted; never fails, see `GpuSample.state`. */
export function startNvidiaHardware(options: NvidiaOptions, signal?: AbortSignal): Hardware {
  const { clock, log, command = 'nvidia-smi', intervalMs = 5000, deadlineMs = 10_000 } = options;
  const stop = new AbortController();
  const stopped = AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]);
  const smi = connectNvidiaSmi(command, deadlineMs, stopped);
  const host = readHost();
  const first = Promise.withResolvers<void>();
  let sample: GpuSample = { state: 'starting', since: clock.now(), gpus: [] };

  async function readOnce(): Promise<boolean> {
    const reading = await readGpus(command, smi);
    if (stopped.aborted) return reading.ok;
    const before = sample;
    sample = nextSample(before, reading, clock.now());
    if (before.state !== sample.state || before.message !== sample.message) logChange(log, sample);
    return reading.ok;
  }

  async function readOn(): Promise<void> {
    let failuresInARow = 0;
    while (!stopped.aborted) {
      failuresInARow = (await readOnce()) ? 0 : failuresInARow + 1;
      first.resolve();
      await delay(pauseMs(intervalMs, failuresInARow), undefined, { signal: stopped, ref: false }).catch(
        () => undefined,
      );
    }
  }

  const loop = readOn().finally(() => first.resolve());
  return {
    gpus: () => sample,
    host: () => host.sample(),
    ready: () => first.promise,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await loop;
    },
  };
}

async function readGpus(command: string, smi: NvidiaSmi): Promise<Reading> {
  const list = await ask(command, smi, GPU_QUERY, parseGpus);
  if (!list.ok) return list;
  const processes = await ask(command, smi, PROCESS_QUERY, parseProcesses);
  if (!processes.ok) return processes;
  for (const gpu of list.value.gpus) gpu.processes = processes.value.get(gpu.uuid) ?? [];
  return { ok: true, list: list.value };
}

async function ask<T>(
  command: string,
  smi: NvidiaSmi,
  query: readonly string[],
  parse: (output: string) => Parsed<T>,
): Promise<{ ok: true; value: T } | { ok: false; trouble: Trouble }> {
  const answer = await smi.query(query);
  if (!answer.ok) return { ok: false, trouble: explainFailure(command, answer.failure) };
  const parsed = parse(answer.output);
  if (parsed.ok) return parsed;
  // Some drivers put an error on stdout and end with 0.
  const failure = { kind: 'unreadable', problem: parsed.problem, output: answer.output } as const;
  return { ok: false, trouble: explainFailure(command, failure) };
}

function logChange(log: Logger, sample: GpuSample): void {
  const { state, message, driverVersion } = sample;
  if (state === 'ok') log.info({ state, gpus: sample.gpus.length, driverVersion }, `${sample.gpus.length} GPUs`);
  else if (state === 'absent') log.info({ state }, message);
  else log.warn({ state }, message);
}
