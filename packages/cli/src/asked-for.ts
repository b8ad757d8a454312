import type { Asks } from '@dopq/contract';
import { formatBytes, formatDuration } from './format.ts';
import { cleanLine } from './terminal-text.ts';

/**
 * `resnet of alice asks for 2 GPUs, 32 GiB memory`.
 * @param lacksMemory it says nothing of memory: what it gets then surprises people
 */
export function askedFor(
  { name, user, num_gpus, num_slots, memory_bytes, cpus, time_limit_seconds }: Asks,
  lacksMemory: boolean,
): string {
  const slots = num_gpus > 0 && num_slots > 1 ? ` (${num_slots} slots each)` : '';
  const parts = [
    `${num_gpus} ${num_gpus === 1 ? 'GPU' : 'GPUs'}${slots}`,
    memory_bytes === null
      ? ''
      : `${formatBytes(memory_bytes)} memory${lacksMemory ? ' (the default: it has no required_memory)' : ''}`,
    cpus === null ? '' : `${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}`,
    time_limit_seconds === null ? '' : `at most ${formatDuration(time_limit_seconds * 1000)}`,
  ];
  const whose = user === null ? '' : ` of ${cleanLine(user)}`;
  return `${cleanLine(name)}${whose} asks for ${parts.filter((part) => part !== '').join(', ')}`;
}
