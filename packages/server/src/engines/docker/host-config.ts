import type { HostConfig } from 'dockerode';
import type { ContainerSpec } from '../engine.ts';
import { given } from './given.ts';
import { type GpuMode, gpusOf } from './gpu-request.ts';

/** Prefer the job when the kernel has to kill something: 500 of 1000 puts it before every service of the machine. */
const OOM_SCORE_ADJ = 500;

/** The engine keeps at most this much of a container's output; DoPQ's own log file has all of it. */
const LOG_CONFIG = { Type: 'json-file', Config: { 'max-size': '50m', 'max-file': '3' } };

/** What the host gives to the container and what it does not. Pure. */
export function hostConfigOf(spec: ContainerSpec, gpuMode: GpuMode): HostConfig {
  return {
    Privileged: false,
    Init: spec.init,
    SecurityOpt: ['no-new-privileges'],
    CapDrop: spec.capDrop,
    ...given('CapAdd', spec.capAdd),
    ...given('GroupAdd', spec.groups),
    ReadonlyRootfs: spec.readOnlyRoot ?? false,
    OomScoreAdj: spec.oomScoreAdj ?? OOM_SCORE_ADJ,
    LogConfig: LOG_CONFIG,
    RestartPolicy: { Name: 'no' },
    AutoRemove: false,
    ...memoryOf(spec),
    ...processorsOf(spec),
    ...filesOf(spec),
    ...namespacesOf(spec),
    ...gpusOf(spec, gpuMode),
  };
}

function memoryOf(spec: ContainerSpec): HostConfig {
  return {
    Memory: spec.memoryBytes,
    // Equal to Memory = no swap: a job that needs more than it asked for ends, and does not slow everyone.
    MemorySwap: spec.memoryBytes,
    ShmSize: spec.shmBytes,
    ...given('MemoryReservation', spec.memoryReservationBytes),
    ...given('MemorySwappiness', spec.memorySwappiness),
  };
}

function processorsOf(spec: ContainerSpec): HostConfig {
  return {
    PidsLimit: spec.pidsLimit,
    ...given('NanoCpus', spec.cpus === undefined ? undefined : Math.round(spec.cpus * 1e9)),
    ...given('CpuShares', spec.cpuShares),
    ...given('CpuQuota', spec.cpuQuotaUs),
    ...given('CpuPeriod', spec.cpuPeriodUs),
    ...given('CpusetCpus', spec.cpusetCpus),
    ...given('CpusetMems', spec.cpusetMems),
    ...given(
      'Ulimits',
      spec.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    ),
  };
}

function filesOf(spec: ContainerSpec): HostConfig {
  return {
    // Mounts, not Binds: a missing source is then an error instead of a new folder that root owns.
    Mounts: spec.mounts.map(({ source, target, readOnly }) => ({
      Type: 'bind',
      Source: source,
      Target: target,
      ReadOnly: readOnly,
    })),
    ...given('Tmpfs', spec.tmpfs),
    ...given('BlkioWeight', spec.blkioWeight),
    ...given('StorageOpt', spec.storageBytes === undefined ? undefined : { size: String(spec.storageBytes) }),
  };
}

function namespacesOf(spec: ContainerSpec): HostConfig {
  const hosts = Object.entries(spec.extraHosts ?? {});
  return {
    NetworkMode: spec.networkDisabled ? 'none' : spec.network,
    ...given('Dns', spec.dns),
    ...given('DnsSearch', spec.dnsSearch),
    ...given('DnsOptions', spec.dnsOptions),
    ...given('ExtraHosts', hosts.length === 0 ? undefined : hosts.map(([name, address]) => `${name}:${address}`)),
    ...given('CgroupnsMode', spec.cgroupns),
    ...given('IpcMode', spec.ipcMode),
    ...given('Sysctls', spec.sysctls),
  };
}
