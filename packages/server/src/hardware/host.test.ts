import { describe, expect, it } from 'vitest';
import { cpuPercentBetween, parseCpuTimes, parseMemory, readHost } from './host.ts';

describe('CPU times', () => {
  it('counts waiting for disks as idle and guests once', () => {
    const stat = 'cpu  100 10 50 800 40 5 5 30 60 6\ncpu0 100 10 50 800 40 5 5 30 60 6\nintr 1\n';
    expect(parseCpuTimes(stat)).toEqual({ busy: 200, total: 1040 });
  });

  it('reads old kernels with fewer columns, and nothing where there is nothing', () => {
    expect(parseCpuTimes('cpu  1 2 3 4\n')).toEqual({ busy: 6, total: 10 });
    expect(parseCpuTimes('')).toBeUndefined();
  });

  it.each([
    [{ busy: 0, total: 100 }, { busy: 50, total: 200 }, 50],
    [{ busy: 0, total: 100 }, { busy: 0, total: 100 }, undefined],
    [{ busy: 10, total: 100 }, { busy: 5, total: 200 }, 0],
  ])('from %j to %j is %s percent', (before, after, percent) => {
    expect(cpuPercentBetween(before, after)).toBe(percent);
  });
});

it('takes memory that caches would give back as free', () => {
  const meminfo = 'MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    700 kB\n';
  expect(parseMemory(meminfo)).toEqual({ memoryBytes: 1000 * 1024, memoryUsedBytes: 300 * 1024 });
  expect(parseMemory('MemTotal: x')).toBeUndefined();
});

it('tells this machine', () => {
  const sample = readHost().sample();
  expect(sample.cpus).toBeGreaterThan(0);
  expect(sample.memoryUsedBytes).toBeGreaterThan(0);
  expect(sample.memoryUsedBytes).toBeLessThan(sample.memoryBytes);
});
