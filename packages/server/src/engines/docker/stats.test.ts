import { expect, it } from 'vitest';
import { statsFrom } from './stats.ts';

/** As Docker 20.10 answered for a container that kept one of two CPUs half busy (control groups v1). */
const ANSWER = {
  read: '2026-11-23T23:01:26.422873537Z',
  pids_stats: { current: 3 },
  networks: { eth0: { rx_bytes: 682, tx_bytes: 10 }, eth1: { rx_bytes: 18, tx_bytes: 0 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { major: 8, minor: 0, op: 'Read', value: 4096 },
      { major: 8, minor: 0, op: 'Write', value: 512 },
      { major: 8, minor: 16, op: 'read', value: 4 },
      { major: 8, minor: 0, op: 'Total', value: 4608 },
    ],
  },
  cpu_stats: { cpu_usage: { total_usage: 1_500_000_000 }, system_cpu_usage: 12_000_000_000, online_cpus: 2 },
  precpu_stats: { cpu_usage: { total_usage: 1_000_000_000 }, system_cpu_usage: 10_000_000_000 },
  memory_stats: { usage: 5000, max_usage: 9000, limit: 64_000, stats: { total_inactive_file: 1000, inactive_file: 1 } },
};
const answer = (changes: object = {}) => ({ ...ANSWER, ...changes }) as unknown as Parameters<typeof statsFrom>[0];

it('figures are those of `docker stats`', () => {
  expect(statsFrom(answer())).toEqual({
    at: Date.parse('2026-11-23T23:01:26.422Z'),
    // Half a second of CPU in two seconds of two CPUs, that is half of one.
    cpuPercent: 50,
    memoryBytes: 4000,
    memoryPeakBytes: 9000,
    memoryLimitBytes: 64_000,
    pids: 3,
    networkRxBytes: 700,
    networkTxBytes: 10,
    blockReadBytes: 4100,
    blockWriteBytes: 512,
  });
});

it('control groups v2 tell less and in other words', () => {
  const memory_stats = { usage: 5000, limit: 64_000, stats: { inactive_file: 2000 } };
  const stats = statsFrom(
    answer({ memory_stats, networks: undefined, blkio_stats: { io_service_bytes_recursive: null } }),
  );
  expect(stats).toMatchObject({ memoryBytes: 3000, networkRxBytes: 0, blockReadBytes: 0 });
  expect(stats).not.toHaveProperty('memoryPeakBytes');
});

it('a container that did nothing used no CPU', () => {
  expect(statsFrom(answer({ cpu_stats: ANSWER.precpu_stats })).cpuPercent).toBe(0);
});
