import type { ContainerStats as RawStats } from 'dockerode';
import type { ContainerStats } from '../engine.ts';

/**
 * Turns one answer of `GET /containers/x/stats?stream=false`, which holds two readings a second apart, into figures.
 * CPU and memory as `docker stats` shows them (docker/cli, cli/command/container/stats_helpers.go): CPU = share of the
 * host's time used by the container x CPUs x 100; memory = use without the inactive file cache.
 */
export function statsFrom(raw: RawStats): ContainerStats {
  const { memory_stats: memory, blkio_stats: block } = raw;
  const networks = Object.values(raw.networks ?? {});
  return {
    at: Date.parse(raw.read),
    cpuPercent: cpuPercentOf(raw),
    memoryBytes: memoryOf(memory),
    memoryLimitBytes: memory.limit ?? 0,
    // Only control groups v1 tell; it counts the file cache.
    ...(memory.max_usage ? { memoryPeakBytes: memory.max_usage } : {}),
    pids: raw.pids_stats?.current ?? 0,
    networkRxBytes: sum(networks.map((network) => network.rx_bytes)),
    networkTxBytes: sum(networks.map((network) => network.tx_bytes)),
    blockReadBytes: blockBytes(block, 'read'),
    blockWriteBytes: blockBytes(block, 'write'),
  };
}

function cpuPercentOf({ cpu_stats: now, precpu_stats: before }: RawStats): number {
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const passed = (now.system_cpu_usage ?? 0) - (before.system_cpu_usage ?? 0);
  const cpus = now.online_cpus || now.cpu_usage.percpu_usage?.length || 1;
  return used > 0 && passed > 0 ? (used / passed) * cpus * 100 : 0;
}

function memoryOf(memory: RawStats['memory_stats']): number {
  const usage = memory.usage ?? 0;
  const cache = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  return cache < usage ? usage - cache : usage;
}

function blockBytes(block: RawStats['blkio_stats'], operation: string): number {
  const entries = block?.io_service_bytes_recursive ?? [];
  return sum(entries.filter((entry) => entry.op.toLowerCase() === operation).map((entry) => entry.value));
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
