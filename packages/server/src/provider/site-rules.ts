// What this site adds to the rules of container_config.json: GPUs that are really here, time limits that are allowed here.
import type { Problem, Submission } from '@dopq/contract';
import { formatSize } from '@dopq/contract';
import { matchesModel, shortModel } from '@dopq/scheduler';
import type { Config } from '../config/shape.ts';
import type { Capacity } from './rules.ts';

const FILE = 'container_config.json';

/** What no machine of this site can give, each with its fix. Nothing is refused while the GPUs were never read. */
export function problemsHere(submission: Submission, config: Config, capacity: Capacity): Problem[] {
  return [...gpuProblems(submission, capacity), ...timeProblems(submission, config)];
}

/** The limit of a job, its own or the site's. @returns null = none */
export function timeLimitOf({ timeLimitMs }: Submission, { queue }: Pick<Config, 'queue'>): number | null {
  return timeLimitMs ?? queue.defaultTimeLimitMs ?? queue.maxTimeLimitMs;
}

function gpuProblems(
  { numGpus, gpuModels = [], minGpuMemoryBytes = 0, gpuMemoryBytes = 0 }: Submission,
  { gpus }: Capacity,
): Problem[] {
  const memoryBytes = Math.max(minGpuMemoryBytes, gpuMemoryBytes);
  if (numGpus === 0 || gpus.at === undefined || (gpuModels.length === 0 && memoryBytes === 0)) return [];
  const here = [...new Set(gpus.gpus.map(({ name }) => shortModel(name)))].join(', ') || 'no GPU';
  const ofModel = gpus.gpus.filter(
    ({ name }) => gpuModels.length === 0 || gpuModels.some((model) => matchesModel(name, model)),
  );
  if (ofModel.length < numGpus) {
    return [
      {
        file: FILE,
        field: 'gpu_model',
        rule: 'a model of which a machine here has enough',
        message: `is ${gpuModels.join(' or ')}, of which a machine here has ${ofModel.length}, and num_gpus is ${numGpus}; here is ${here}`,
        fix: 'Name a model that is here, or leave "gpu_model" out to take any.',
      },
    ];
  }
  // What does not tell its memory is not promised to have any.
  const sizes = ofModel.map(({ memoryBytes }) => memoryBytes ?? 0).toSorted((a, b) => b - a);
  const most = sizes[numGpus - 1] ?? 0;
  if (memoryBytes <= most) return [];
  const field = minGpuMemoryBytes > most ? 'min_gpu_memory' : 'gpu_memory';
  return [
    {
      file: FILE,
      field,
      rule: 'as much as enough GPUs of a machine here have',
      message: `is ${formatSize(field === 'gpu_memory' ? gpuMemoryBytes : minGpuMemoryBytes)}; of the GPUs here that suit, ${numGpus} have ${formatSize(most)}`,
      fix: `"${field}": "${Math.floor(most / 2 ** 20)}m"`,
    },
  ];
}

function timeProblems({ timeLimitMs }: Submission, { queue: { maxTimeLimitMs } }: Config): Problem[] {
  if (timeLimitMs === undefined || maxTimeLimitMs === null || timeLimitMs <= maxTimeLimitMs) return [];
  const most = maxTimeLimitMs / 1000;
  return [
    {
      file: FILE,
      field: 'time_limit',
      rule: `at most ${most} seconds here`,
      message: `is ${timeLimitMs / 1000} seconds; jobs here may run for ${most} seconds`,
      fix: `"time_limit": ${most}`,
    },
  ];
}
