import { describe, expect, test } from 'vitest';
import { parseConfig } from '../config/config.ts';
import { cpusOf, memoryOf, type Capacity, rulesFor } from './rules.ts';

const GIB = 1024 ** 3;
const config = (docker = '') =>
  parseConfig(`[paths]\ndata.dir = /data\nnetwork.dir = /share\n[docker]\n${docker}\n`, {
    file: '/etc/dopq/config.ini',
  }).config;

function machine(gpus: number, memoryGib: number, cpus: number): Capacity {
  const sample = Array.from({ length: gpus }, (_, index) => ({
    uuid: `GPU-${index}`,
    index,
    name: 'GPU',
    processes: [],
  }));
  return {
    engine: { memoryBytes: memoryGib * GIB, cpus },
    gpus: { state: gpus > 0 ? 'ok' : 'absent', at: 1, gpus: sample },
  };
}

const asks = (more: object = {}) =>
  ({ name: 'x', numGpus: 1, numSlots: 1, build: true, runOptions: {}, ...more }) as never;

test('run_params are bounded by the configuration and the machine', () => {
  const rules = rulesFor({ user: 'alice' }, config('pids.limit = 100\nallow.run.params = dns, cap_add'), {
    ...machine(1, 64, 16),
    engine: { memoryBytes: 64 * GIB, cpus: 16, platform: 'linux/arm64' },
  });
  expect(rules).toMatchObject({ maxPids: 100, openedRunParams: ['dns', 'cap_add'], platform: 'linux/arm64' });
  expect(rulesFor({ user: 'alice' }, config(), machine(1, 64, 16)).openedRunParams).toEqual([]);
});

describe('a submission may ask for', () => {
  test('what the machine has', () => {
    const rules = rulesFor({ user: 'alice' }, config(), machine(4, 64, 16));
    expect(rules).toMatchObject({
      maxGpus: 4,
      maxMemoryBytes: 64 * GIB,
      maxCpus: 16,
      requireUser: false,
      defaultGpus: 1,
    });
  });

  test('no more memory than the configuration allows one job', () => {
    expect(rulesFor({ user: 'alice' }, config('mem.limit = 8g'), machine(4, 64, 16)).maxMemoryBytes).toBe(8 * GIB);
  });

  test('no GPU where there is none, and none is given to who does not ask', () => {
    expect(rulesFor({ user: '' }, config(), machine(0, 64, 16))).toMatchObject({
      maxGpus: 0,
      defaultGpus: 0,
      requireUser: true,
    });
  });

  test('any number of GPUs while nobody has counted them', () => {
    const unknown: Capacity = { engine: undefined, gpus: { state: 'starting', gpus: [] } };
    const rules = rulesFor({ user: 'alice' }, config(), unknown);
    expect(rules.maxGpus).toBeUndefined();
    expect(rules.maxMemoryBytes).toBeUndefined();
  });
});

describe('who does not say gets', () => {
  test("each GPU's part of the memory", () => {
    expect(memoryOf(asks(), config(), machine(4, 64, 16))).toBe(16 * GIB);
    expect(memoryOf(asks({ numGpus: 2 }), config(), machine(4, 64, 16))).toBe(32 * GIB);
    expect(memoryOf(asks({ numGpus: 0 }), config(), machine(4, 64, 16))).toBe(16 * GIB);
  });

  test("each CPU's part where there is no GPU", () => {
    expect(memoryOf(asks({ numGpus: 0 }), config(), machine(0, 64, 16))).toBe(4 * GIB);
  });

  test('never more than one job may have', () => {
    expect(memoryOf(asks({ numGpus: 4 }), config('mem.limit = 8g'), machine(1, 64, 16))).toBe(8 * GIB);
  });

  test('a CPU for each GPU, one without GPUs, and what it asks for if it does', () => {
    expect(cpusOf(asks({ numGpus: 2 }), machine(4, 64, 16))).toBe(2);
    expect(cpusOf(asks({ numGpus: 0 }), machine(4, 64, 16))).toBe(1);
    expect(cpusOf(asks({ cpus: 3 }), machine(4, 64, 16))).toBe(3);
  });
});
