// A ContainerSpec as the engine's request, field by field: nothing is passed through, so nothing can slip through.
import type { ContainerCreateOptions } from 'dockerode';
import type { ContainerSpec } from '../engine.ts';
import { given } from './given.ts';
import { environmentOf, type GpuMode } from './gpu-request.ts';
import { hostConfigOf } from './host-config.ts';

/** Builds the body of `POST /containers/create`. Pure. */
export function containerRequest(spec: ContainerSpec, gpuMode: GpuMode): ContainerCreateOptions {
  return {
    Image: spec.image,
    Labels: spec.labels,
    Env: Object.entries(environmentOf(spec, gpuMode)).map(([name, value]) => `${name}=${value}`),
    User: spec.user,
    Tty: spec.tty ?? false,
    OpenStdin: false,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    NetworkDisabled: spec.networkDisabled ?? false,
    ...given('Cmd', spec.command),
    ...given('Entrypoint', spec.entrypoint),
    ...given('WorkingDir', spec.workingDir),
    ...given('Hostname', spec.hostname),
    ...given('Domainname', spec.domainname),
    ...given('StopSignal', spec.stopSignal),
    ...given('Healthcheck', healthcheckOf(spec)),
    HostConfig: hostConfigOf(spec, gpuMode),
  };
}

/** The engine takes nanoseconds; 0 means the image's own. */
function healthcheckOf({ healthcheck }: ContainerSpec): ContainerCreateOptions['Healthcheck'] {
  if (!healthcheck) return undefined;
  return {
    Test: healthcheck.test,
    ...given('Interval', nanoseconds(healthcheck.intervalMs)),
    ...given('Timeout', nanoseconds(healthcheck.timeoutMs)),
    ...given('StartPeriod', nanoseconds(healthcheck.startPeriodMs)),
    ...given('Retries', healthcheck.retries),
  };
}

function nanoseconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms * 1e6;
}
