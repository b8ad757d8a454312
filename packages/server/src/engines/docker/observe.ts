import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import type { ContainerStatus, ObservedContainer } from '../engine.ts';

/** What `inspect` says, in our words. Pure. */
export function observedFromInspect(info: ContainerInspectInfo): ObservedContainer {
  const status = info.State.Status as ContainerStatus;
  const startedAt = timeOf(info.State.StartedAt);
  const finishedAt = timeOf(info.State.FinishedAt);
  const ended = status === 'exited' || status === 'dead';
  // A start that failed leaves `created` with a code (127 = no such command) and the engine's words.
  const refused = status === 'created' && info.State.ExitCode !== 0;
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    labels: info.Config.Labels ?? {},
    status,
    createdAt: Date.parse(info.Created),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(ended && finishedAt !== undefined ? { finishedAt } : {}),
    ...(ended || refused ? { exitCode: info.State.ExitCode } : {}),
    oomKilled: info.State.OOMKilled,
    ...(info.State.Error ? { error: info.State.Error } : {}),
  };
}

export function nameOf({ Names }: ContainerInfo): string {
  return (Names[0] ?? '').replace(/^\//, '');
}

/** The little that a list says, for a container that was not asked about or does not answer. */
export function observedFromList(
  info: ContainerInfo,
  facts: Pick<ObservedContainer, 'startedAt' | 'unreadable'>,
): ObservedContainer {
  return {
    id: info.Id,
    name: nameOf(info),
    labels: info.Labels,
    status: info.State as ContainerStatus,
    createdAt: info.Created * 1000,
    oomKilled: false,
    ...facts,
  };
}

/** The engine writes year 1 for "never". */
function timeOf(text: string): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) || at <= 0 ? undefined : at;
}
