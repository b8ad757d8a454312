import type { DeviceRequest, HostConfig } from 'dockerode';
import type { ContainerSpec } from '../engine.ts';
import { given } from './given.ts';

/**
 * How GPUs are given: `device-requests` is `docker run --gpus` (needs nvidia-container-toolkit); `runtime` is
 * `--runtime nvidia` with an environment variable, for machines where only that is set up.
 */
export type GpuMode = 'device-requests' | 'runtime';

type GpuSpec = Pick<ContainerSpec, 'gpuUuids' | 'gpuCapabilities'>;

export function gpusOf(spec: GpuSpec, gpuMode: GpuMode): Pick<HostConfig, 'DeviceRequests' | 'Runtime'> {
  if (spec.gpuUuids.length === 0) return {};
  if (gpuMode === 'runtime') return { Runtime: 'nvidia' };
  const request: DeviceRequest = {
    Driver: '',
    DeviceIDs: spec.gpuUuids,
    Capabilities: [['gpu', ...(spec.gpuCapabilities ?? [])]],
  };
  return { DeviceRequests: [request] };
}

/**
 * The job's variables without any `NVIDIA_*` of its own: the NVIDIA hook takes those for orders. `void` hides every
 * GPU from a job that asked for none, also where the NVIDIA runtime is the default and the image says `all`.
 */
export function environmentOf(spec: GpuSpec & Pick<ContainerSpec, 'env'>, gpuMode: GpuMode): Record<string, string> {
  const own = Object.fromEntries(Object.entries(spec.env).filter(([name]) => !name.startsWith('NVIDIA_')));
  if (spec.gpuUuids.length === 0) return { ...own, NVIDIA_VISIBLE_DEVICES: 'void' };
  if (gpuMode === 'device-requests') return own;
  return {
    ...own,
    NVIDIA_VISIBLE_DEVICES: spec.gpuUuids.join(','),
    ...given('NVIDIA_DRIVER_CAPABILITIES', spec.gpuCapabilities?.join(',')),
  };
}
