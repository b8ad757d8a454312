// From a job and its placement to everything its container is made of. Pure: the same job gives the same container.
import { type ContainerSpec, LABELS } from '../engines/engine.ts';
import type { Config } from '../config/config.ts';
import { OUTPUT_TARGET } from '../conventions/output-target.ts';
import type { AttemptRecord } from '../store/attempts.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { UserRecord } from '../store/users.ts';
import { NOTICE_FILE, NOTICE_TARGET, noticeFolder } from './notice.ts';

/** What no job gets: raw sockets, device nodes, audit records, file capabilities. */
const DROPPED_CAPABILITIES = ['NET_RAW', 'MKNOD', 'AUDIT_WRITE', 'SETFCAP'];

export function containerSpec(
  job: JobRecord,
  attempt: AttemptRecord,
  user: UserRecord,
  config: Pick<Config, 'docker' | 'paths'>,
  { instance, secrets = {} }: { instance: string; secrets?: Record<string, string> },
): ContainerSpec {
  const { docker } = config;
  const mounts = docker.mounts.map((mount) =>
    mount.target === OUTPUT_TARGET ? { ...mount, source: `${mount.source}/${user.name}` } : mount,
  );
  const notices = noticeMount(job, attempt, config);
  const home = mounts.some((mount) => mount.target === OUTPUT_TARGET && !mount.readOnly) ? OUTPUT_TARGET : '/tmp';
  const { env: userEnv, labels: userLabels, capDrop = [], ...options } = job.submission?.runOptions ?? {};
  const memoryBytes = attempt.memoryBytes;
  return {
    pidsLimit: docker.pidsLimit,
    shmBytes: Math.min(docker.shmBytes, memoryBytes),
    init: true,
    network: docker.network,
    ...cpuOf(job, attempt),
    ...options,
    capDrop: [...new Set([...DROPPED_CAPABILITIES, ...capDrop])],
    name: attempt.containerName,
    image: job.imageId ?? '',
    user: `${user.uid}:${user.uid}`,
    memoryBytes,
    mounts: [...mounts, ...notices],
    gpuUuids: attempt.gpuUuids,
    env: {
      HOME: home,
      // What a submission says itself is meant for this job and wins.
      ...secrets,
      ...userEnv,
      USER: user.name,
      LOGNAME: user.name,
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      DOPQ_JOB: String(job.id),
      DOPQ_ATTEMPT: String(attempt.number),
      ...(job.arrayIndex !== null && {
        DOPQ_ARRAY: String(job.arrayId ?? job.id),
        DOPQ_ARRAY_INDEX: String(job.arrayIndex),
        DOPQ_ARRAY_COUNT: String(job.arrayCount),
      }),
      ...(attempt.gpuMemoryBytes !== null && { DOPQ_GPU_MEMORY_BYTES: String(attempt.gpuMemoryBytes) }),
      ...(notices.length > 0 && { DOPQ_NOTICE: NOTICE_FILE }),
    },
    labels: {
      ...userLabels,
      [LABELS.instance]: instance,
      [LABELS.job]: String(job.id),
      [LABELS.attempt]: String(attempt.number),
      [LABELS.user]: user.name,
    },
  };
}

/** Where a job with a time limit finds the notice of its end; an engine elsewhere does not see our folders. */
function noticeMount(
  { timeLimitMs }: JobRecord,
  attempt: AttemptRecord,
  { docker, paths }: Pick<Config, 'docker' | 'paths'>,
): ContainerSpec['mounts'] {
  if (timeLimitMs === null || !docker.endpoint.startsWith('unix:')) return [];
  return [{ source: noticeFolder(paths.data, attempt), target: NOTICE_TARGET, readOnly: true }];
}

/** CPUs that were asked for are a limit; those set aside for a job that named none only weigh (1024 per CPU, as in Docker). */
function cpuOf(job: JobRecord, attempt: AttemptRecord): Pick<ContainerSpec, 'cpus' | 'cpuShares'> {
  if (job.submission?.runOptions.cpuQuotaUs !== undefined) return {};
  if (job.submission?.cpus !== undefined) return { cpus: job.submission.cpus };
  return { cpuShares: Math.max(2, Math.round(attempt.cpus * 1024)) };
}
