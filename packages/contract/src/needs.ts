// What a job asks for, in words: the same on the receipt as on the terminal.
import type { Job } from './job.ts';
import { formatBytes } from './units.ts';

type Needs = Pick<
  Job,
  'num_gpus' | 'num_slots' | 'gpu_models' | 'min_gpu_memory_bytes' | 'gpu_memory_bytes' | 'memory_bytes' | 'cpus'
>;

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** `2 A100 GPUs (10 GiB of its memory, each), 32 GiB memory, 4 CPUs`; null before it is known. */
export function needWords(job: Needs): string | null {
  if (job.num_gpus === null) return null;
  const model = job.gpu_models.length > 0 ? `${job.gpu_models.join(' or ')} ` : '';
  const each = [
    job.num_slots !== null && job.num_slots > 1 ? `${job.num_slots} slots` : '',
    job.min_gpu_memory_bytes === null ? '' : `at least ${formatBytes(job.min_gpu_memory_bytes)} large`,
    job.gpu_memory_bytes === null ? '' : `${formatBytes(job.gpu_memory_bytes)} of its memory`,
    job.num_gpus > 1 ? 'each' : '',
  ].filter((part) => part !== '');
  const isMore = job.num_gpus > 0 && each.some((part) => part !== 'each');
  return [
    counted(job.num_gpus, `${model}GPU`) + (isMore ? ` (${each.join(', ')})` : ''),
    job.memory_bytes === null ? '' : `${formatBytes(job.memory_bytes)} memory`,
    job.cpus === null || job.cpus === 0 ? '' : counted(job.cpus, 'CPU'),
  ]
    .filter((part) => part !== '')
    .join(', ');
}
