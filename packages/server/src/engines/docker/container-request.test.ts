import { describe, expect, it } from 'vitest';
import { specOf } from '../conformance/fixtures.ts';
import type { ContainerSpec } from '../engine.ts';
import { containerRequest } from './container-request.ts';

const GIB = 1024 ** 3;
const request = (changes: Partial<ContainerSpec> = {}, mode: 'device-requests' | 'runtime' = 'device-requests') =>
  containerRequest(specOf('sha256:1', 'true', changes), mode);

describe('the request for a container', () => {
  it.each<[keyof ContainerSpec, Partial<ContainerSpec>, object]>([
    ['domainname', { domainname: 'lab' }, { Domainname: 'lab' }],
    [
      'healthcheck',
      { healthcheck: { test: ['CMD', 'true'], intervalMs: 5000, retries: 2 } },
      { Healthcheck: { Test: ['CMD', 'true'], Interval: 5e9, Retries: 2 } },
    ],
    ['memoryReservationBytes', { memoryReservationBytes: GIB }, { HostConfig: { MemoryReservation: GIB } }],
    ['memorySwappiness', { memorySwappiness: 0 }, { HostConfig: { MemorySwappiness: 0 } }],
    ['cpus', { cpus: 0.1 + 0.2 }, { HostConfig: { NanoCpus: 300_000_000 } }],
    ['cpuQuotaUs', { cpuQuotaUs: 50_000, cpuPeriodUs: 1000 }, { HostConfig: { CpuQuota: 50_000, CpuPeriod: 1000 } }],
    ['cpusetMems', { cpusetMems: '0-1' }, { HostConfig: { CpusetMems: '0-1' } }],
    ['blkioWeight', { blkioWeight: 300 }, { HostConfig: { BlkioWeight: 300 } }],
    ['storageBytes', { storageBytes: GIB }, { HostConfig: { StorageOpt: { size: '1073741824' } } }],
    ['dns', { dns: ['1.1.1.1'] }, { HostConfig: { Dns: ['1.1.1.1'] } }],
    ['dnsSearch', { dnsSearch: ['lab'] }, { HostConfig: { DnsSearch: ['lab'] } }],
    ['dnsOptions', { dnsOptions: ['ndots:2'] }, { HostConfig: { DnsOptions: ['ndots:2'] } }],
    ['extraHosts', { extraHosts: { box: '10.0.0.1' } }, { HostConfig: { ExtraHosts: ['box:10.0.0.1'] } }],
    ['cgroupns', { cgroupns: 'private' }, { HostConfig: { CgroupnsMode: 'private' } }],
    ['ipcMode', { ipcMode: 'shareable' }, { HostConfig: { IpcMode: 'shareable' } }],
    ['sysctls', { sysctls: { 'net.core.somaxconn': '9' } }, { HostConfig: { Sysctls: { 'net.core.somaxconn': '9' } } }],
    ['capAdd', { capAdd: ['SYS_PTRACE'] }, { HostConfig: { CapAdd: ['SYS_PTRACE'] } }],
    [
      'networkDisabled',
      { networkDisabled: true, network: 'dopq' },
      { NetworkDisabled: true, HostConfig: { NetworkMode: 'none' } },
    ],
    ['oomScoreAdj', { oomScoreAdj: 0 }, { HostConfig: { OomScoreAdj: 0 } }],
  ])('says %s in the words of the engine, and nothing where it is not given', (_, changes, expected) => {
    expect(request(changes)).toMatchObject(expected);
    expect(request()).not.toMatchObject(expected);
  });

  it('carries nothing that the specification has no field for', () => {
    const spec = { ...specOf('sha256:1', 'true'), Privileged: true, HostConfig: { Privileged: true } } as ContainerSpec;
    expect(JSON.stringify(containerRequest(spec, 'runtime'))).not.toContain('"Privileged":true');
  });

  it('names GPUs by UUID and drops what the job says to the driver', () => {
    const env = { NVIDIA_VISIBLE_DEVICES: 'all', NVIDIA_MIG_CONFIG_DEVICES: 'all', KEPT: '1' };
    const asked = request({ gpuUuids: ['GPU-a', 'GPU-b'], gpuCapabilities: ['compute'], env });
    expect(asked.Env).toEqual(['KEPT=1']);
    expect(asked.HostConfig?.DeviceRequests).toEqual([
      { Driver: '', DeviceIDs: ['GPU-a', 'GPU-b'], Capabilities: [['gpu', 'compute']] },
    ]);
    const byRuntime = request({ gpuUuids: ['GPU-a', 'GPU-b'], env }, 'runtime');
    expect(byRuntime.Env).toEqual(['KEPT=1', 'NVIDIA_VISIBLE_DEVICES=GPU-a,GPU-b']);
    expect(byRuntime.HostConfig).toMatchObject({ Runtime: 'nvidia' });
    expect(request({ env }).Env).toEqual(['KEPT=1', 'NVIDIA_VISIBLE_DEVICES=void']);
  });
});
