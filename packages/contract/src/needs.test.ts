import { expect, test } from 'vitest';
import { needWords } from './needs.ts';

const GIB = 1024 ** 3;
const PLAIN = {
  num_gpus: 0,
  num_slots: 1,
  gpu_models: [],
  min_gpu_memory_bytes: null,
  gpu_memory_bytes: null,
  memory_bytes: null,
  cpus: null,
};

test.each([
  [{}, '0 GPUs'],
  [{ num_gpus: null }, null],
  [{ num_gpus: 1, memory_bytes: 64 * 1024 ** 2, cpus: 1 }, '1 GPU, 64 MiB memory, 1 CPU'],
  [{ num_gpus: 2, num_slots: 2, cpus: 0.5 }, '2 GPUs (2 slots, each), 0.5 CPUs'],
  [{ num_gpus: 1, gpu_models: ['A100'], gpu_memory_bytes: 10 * GIB }, '1 A100 GPU (10 GiB of its memory)'],
  [{ num_gpus: 2, gpu_models: ['A100', 'H100'], memory_bytes: 12_638_256_128 }, '2 A100 or H100 GPUs, 11.8 GiB memory'],
  [{ num_gpus: 1, min_gpu_memory_bytes: 24 * GIB }, '1 GPU (at least 24 GiB large)'],
  [{ num_gpus: 0, gpu_memory_bytes: GIB }, '0 GPUs'],
])('what %o asks for', (asked, words) => {
  expect(needWords({ ...PLAIN, ...asked })).toBe(words);
});
