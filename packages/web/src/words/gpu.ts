// GPU models and wishes in the few words that fit a card.
import type { Gpu, Job } from '@dopq/contract';
import { gigabytes } from './amounts.ts';

/** `NVIDIA A100-SXM4-80GB` -> `A100`: what people call it. */
export function shortModel(name: string): string {
  const short = name
    .replaceAll(/\b(NVIDIA|GeForce|Tesla|Quadro|Simulated|Graphics)\b/g, '')
    .replaceAll(/[\s-]*(SXM\d?|PCIe|HBM\d\w?|NVL)\b/gi, '')
    .replaceAll(/[\s-]*\d+\s?GB\b/gi, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return short || name;
}

/** `A100 80 GB`. */
export function modelWords({ name, memory_bytes: bytes }: Pick<Gpu, 'name' | 'memory_bytes'>): string {
  return bytes === null ? shortModel(name) : `${shortModel(name)} ${Math.round(Number(gigabytes(bytes, 0)))} GB`;
}

/** The four digits that tell one UUID from the next. */
export const shortUuid = (uuid: string): string => uuid.replace(/^GPU-/, '').slice(0, 4);

/** `2 × A100`, `1 × ≥ 40 GiB`, `2 × any`, `CPU only`. */
export function needs(job: Job): string {
  if (job.num_gpus === null) return '';
  if (job.num_gpus === 0) return 'CPU only';
  const what = [
    job.gpu_models.map(shortModel).join(' or '),
    job.min_gpu_memory_bytes ? `≥ ${gigabytes(job.min_gpu_memory_bytes)} GiB` : '',
  ].filter(Boolean);
  return `${job.num_gpus} × ${what.join(' ') || 'any'}`;
}

/**
 * Where a job runs: `atlas 0, 1`; machines by name, GPUs by index.
 * @param most where more are on one machine they are counted: `atlas × 8`
 */
export function places(uuids: readonly string[], gpus: readonly Gpu[], most = Number.POSITIVE_INFINITY): string {
  const byMachine = new Map<string, number[]>();
  for (const uuid of uuids) {
    const gpu = gpus.find((one) => one.uuid === uuid);
    if (gpu) byMachine.set(gpu.machine, [...(byMachine.get(gpu.machine) ?? []), gpu.index]);
  }
  return [...byMachine]
    .map(([machine, indices]) =>
      indices.length > most
        ? `${machine} × ${indices.length}`
        : `${machine} ${indices.sort((a, b) => a - b).join(', ')}`,
    )
    .join('; ');
}
