import type { ContainerInspectInfo, DeviceRequest } from 'dockerode';

/** Values of NVIDIA_VISIBLE_DEVICES that give no GPU. */
const NO_GPU = new Set(['', 'void', 'none']);

/**
 * The GPUs a container was given: UUIDs or indices as it named them, or `all`. The environment variable counts only with
 * the NVIDIA runtime, since every CUDA image sets it. Pure.
 */
export function gpusInUse(info: ContainerInspectInfo): string[] {
  const requested = (info.HostConfig.DeviceRequests ?? []).filter(isForGpus).flatMap(devicesOf);
  return [...new Set([...requested, ...devicesOfRuntime(info)])];
}

function isForGpus(request: DeviceRequest): boolean {
  if (request.Driver === 'nvidia') return true;
  if (request.Driver === 'cdi') return (request.DeviceIDs ?? []).some((id) => id.startsWith('nvidia.com/gpu='));
  return (request.Capabilities ?? []).some((all) => all.includes('gpu') || all.includes('nvidia'));
}

function devicesOf(request: DeviceRequest): string[] {
  const named = request.DeviceIDs ?? [];
  if (named.length > 0) return named.map((id) => id.replace(/^nvidia\.com\/gpu=/, ''));
  const count = request.Count ?? 0;
  // The engine gives "n GPUs" always the first n.
  return count < 0 ? ['all'] : Array.from({ length: count }, (_, index) => String(index));
}

function devicesOfRuntime(info: ContainerInspectInfo): string[] {
  const runtime = (info.HostConfig as { Runtime?: string }).Runtime ?? '';
  if (!/nvidia/i.test(runtime)) return [];
  const variable = (info.Config.Env ?? []).findLast((entry) => entry.startsWith('NVIDIA_VISIBLE_DEVICES='));
  const devices = (variable ?? '').replace('NVIDIA_VISIBLE_DEVICES=', '');
  return NO_GPU.has(devices) ? [] : devices.split(',').map((device) => device.trim());
}
