import type { DrainRecord } from '../store/drains.ts';

/** Why a GPU is drained, by itself or with its machine; undefined = it is not. */
export function drainReason(drains: readonly DrainRecord[], machineId: string, gpuUuid: string): string | undefined {
  const gpu = drains.find(({ subject }) => subject === `gpu:${gpuUuid}`);
  return gpu ? drainedWords(gpu) : machineDrainReason(drains, machineId);
}

/** Why nothing starts on a machine, with GPUs or without; undefined = it is not drained. */
export function machineDrainReason(drains: readonly DrainRecord[], machineId: string): string | undefined {
  const machine = drains.find(({ subject }) => subject === `machine:${machineId}`);
  return machine && `the machine ${machineId} is ${drainedWords(machine)}`;
}

function drainedWords({ reason }: DrainRecord): string {
  return `drained${reason ? `: ${reason}` : ''}`;
}
