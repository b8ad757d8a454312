// Who runs containers. One interface, one conformance suite, two implementations: Docker's and the simulated one.
import type { Readable, Writable } from 'node:stream';
import type { Healthcheck } from '@dopq/contract';

/** Labels DoPQ puts on what it makes, so that a restart finds its own and leaves everybody else's alone. */
export const LABELS = {
  /** Which DoPQ (data directory) made it: two servers may share one engine. */
  instance: 'dopq.instance',
  job: 'dopq.job',
  attempt: 'dopq.attempt',
  user: 'dopq.user',
} as const;

export type EngineErrorCode =
  /** Nobody answers: refused, no socket, connection lost. Try again later; no job fails for it. */
  | 'unreachable'
  /** It took the call and did not answer in time. The call may or may not have been carried out. */
  | 'timeout'
  | 'not_found'
  | 'conflict'
  /** The engine understood and said no; its words are in `message`. */
  | 'refused'
  /** The engine itself failed (its 5xx). It may pass, or be all it has to say: worth a few more tries. */
  | 'failed';

export class EngineError extends Error {
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'EngineError';
    this.code = code;
  }
}

/** True if the engine as a whole cannot be used now, so that the queue pauses and no job is blamed. */
export function isOutage(error: unknown): boolean {
  return error instanceof EngineError && (error.code === 'unreachable' || error.code === 'timeout');
}

export interface EngineInfo {
  endpoint: string;
  version: string;
  apiVersion: string;
  /** What its containers run on, for example `linux/amd64`; undefined if it does not say. */
  platform?: string;
  /** Where the engine keeps images and containers; its disk is the one that fills. */
  rootDir: string;
  cpus: number;
  memoryBytes: number;
  liveRestore: boolean;
  runtimes: string[];
  /**
   * When the engine last came up, if that may have ended containers; undefined = it cannot be told. Whatever an engine
   * ends because of its own restart (before it goes or after it comes back) has a `finishedAt` before this time. So what
   * ended since DoPQ last saw the engine may be the engine's doing if this time lies after that moment, and is the job's
   * own end if it lies before.
   */
  engineStartedAt?: number;
}

export interface Mount {
  source: string;
  target: string;
  readOnly: boolean;
}

/** Everything a container is made of. The engine request is built from this field by field; nothing is passed through. */
export interface ContainerSpec {
  name: string;
  /** Image ID (`sha256:...`), never a tag that could have moved. */
  image: string;
  labels: Record<string, string>;
  env: Record<string, string>;
  command?: string[];
  entrypoint?: string[];
  workingDir?: string;
  hostname?: string;
  domainname?: string;
  healthcheck?: Healthcheck;
  /** `uid:gid`, never 0 together with a writable mount. */
  user: string;
  groups?: string[];
  memoryBytes: number;
  /** Size of /dev/shm in bytes. */
  shmBytes: number;
  /** Soft limit, at most `memoryBytes`. */
  memoryReservationBytes?: number;
  /** 0 to 100; has no meaning on cgroup v2. */
  memorySwappiness?: number;
  /** CPUs the container may use; undefined = all. */
  cpus?: number;
  cpuShares?: number;
  /** Microseconds of CPU per `cpuPeriodUs`. The engine refuses it beside `cpus`: where it is given, `cpus` is left out. */
  cpuQuotaUs?: number;
  /** Only with `cpuQuotaUs`; undefined = 100000. */
  cpuPeriodUs?: number;
  cpusetCpus?: string;
  cpusetMems?: string;
  /** 10 to 500. */
  blkioWeight?: number;
  /** Size of the container's own layer; the engine refuses it where its disk has no project quotas. */
  storageBytes?: number;
  pidsLimit: number;
  mounts: Mount[];
  /** Target -> mount options. */
  tmpfs?: Record<string, string>;
  readOnlyRoot?: boolean;
  capDrop: string[];
  capAdd?: string[];
  ulimits?: { name: string; soft: number; hard: number }[];
  stopSignal?: string;
  tty?: boolean;
  init: boolean;
  oomScoreAdj?: number;
  networkDisabled?: boolean;
  /** Name of a network made by `ensureNetwork`, or `none`. */
  network: string;
  dns?: string[];
  dnsSearch?: string[];
  dnsOptions?: string[];
  /** Host name -> IP address. */
  extraHosts?: Record<string, string>;
  cgroupns?: 'private';
  ipcMode?: 'private' | 'shareable';
  sysctls?: Record<string, string>;
  gpuUuids: string[];
  /** Driver capabilities asked of the NVIDIA hook. */
  gpuCapabilities?: string[];
}

export type ContainerStatus = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

/** What the engine says of one of our containers, read and not remembered. */
export interface ObservedContainer {
  id: string;
  name: string;
  labels: Record<string, string>;
  status: ContainerStatus;
  createdAt: number;
  /** Undefined = it never ran. */
  startedAt?: number;
  finishedAt?: number;
  exitCode?: number;
  oomKilled: boolean;
  /** The engine's own words, for example why a command could not be found. */
  error?: string;
  /**
   * The engine lists it and does not answer about it (one container on a dead mount can do that): why. Times, exit code
   * and `oomKilled` are then not known; leave it as it was recorded.
   */
  unreadable?: string;
}

export interface ContainerStats {
  at: number;
  /** Percent of one CPU: 250 = two and a half CPUs. */
  cpuPercent: number;
  memoryBytes: number;
  memoryLimitBytes: number;
  memoryPeakBytes?: number;
  pids: number;
  networkRxBytes: number;
  networkTxBytes: number;
  blockReadBytes: number;
  blockWriteBytes: number;
}

export interface LogOptions {
  follow?: boolean;
  /** Last N lines only. */
  tail?: number;
  /** Milliseconds since 1970; lines at or after it. */
  since?: number;
  /** Put the engine's RFC 3339 timestamp (nanoseconds) and a space before each line, however long it is. */
  timestamps?: boolean;
  stdout?: boolean;
  stderr?: boolean;
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface TerminalOptions {
  columns: number;
  rows: number;
  env?: Record<string, string>;
  /** No terminal but pipes: nothing is echoed or changed, input can end, and stderr comes by itself. */
  plain?: boolean;
}

export interface Terminal {
  /** What is typed. Ending it ends the input of a command that has no terminal. */
  input: Writable;
  /** What it shows; ends when the command does. */
  output: Readable;
  /** Where there is no terminal: what it says on stderr. */
  stderr?: Readable;
  resize(size: { columns: number; rows: number }): Promise<void>;
  /** Of a command that has ended. */
  exitCode(): Promise<number>;
  /** Nobody looks any more. */
  close(): void;
}

/** Our handle on one container of the engine. Every call has a deadline and fails with an EngineError. */
export interface Container {
  readonly id: string;
  inspect(): Promise<ObservedContainer>;
  /** Starts it only if it never ran: a second start on an exited container would run the job again. */
  start(): Promise<void>;
  /** TERM (or the image's stop signal), `graceSeconds`, then KILL. Ending an ended one is fine. */
  stop(graceSeconds: number): Promise<void>;
  kill(signal?: string): Promise<void>;
  pause(): Promise<void>;
  unpause(): Promise<void>;
  /** Removes it with its anonymous volumes; a running one only with `force`. Gone already is fine. */
  remove(options?: { force?: boolean }): Promise<void>;
  /** Runs a command inside as the job's own uid, never privileged. */
  exec(command: string[], options?: { timeoutMs?: number; env?: Record<string, string> }): Promise<ExecResult>;
  /** A command with a terminal of its own inside, as the job's own uid, never privileged. */
  terminal(command: string[], options: TerminalOptions): Promise<Terminal>;
  /** Log bytes, stdout and stderr in order of arrival, without the engine's framing. */
  logs(options?: LogOptions, signal?: AbortSignal): Promise<Readable>;
  recentLogs(lines: number): Promise<string>;
  top(): Promise<{ titles: string[]; processes: string[][] }>;
  stats(): Promise<ContainerStats>;
  /** Resolves with the exit code when it ends; at once if it has ended. */
  wait(signal?: AbortSignal): Promise<number>;
  /** Tar stream of a path inside. */
  archiveOut(path: string): Promise<Readable>;
  /** Unpacks a tar stream below a folder inside. */
  archiveIn(path: string, tar: Readable): Promise<void>;
}

export interface BuildOptions {
  /** Tar stream of the build context. */
  context: Readable;
  /** Path of the Dockerfile inside the context. */
  dockerfile: string;
  /** What stands in it: base images that need a password are fetched with it. */
  dockerfileText?: string;
  tag: string;
  labels: Record<string, string>;
  /** Each piece of build output as text, in order. */
  onOutput(text: string): void;
  /** `Step 3/9 : RUN ...` as data, when the builder tells. */
  onStep?(step: { number: number; total: number; text: string }): void;
  memoryBytes?: number;
  networkMode?: string;
  signal?: AbortSignal;
}

/** How a build or a load ended. A failure here is the submission's; an engine failure is thrown as EngineError. */
export type BuildResult =
  | { ok: true; imageId: string }
  /** `byEngine`: the engine failed, which may pass, or may be its way to say what is wrong with the submission. */
  | { ok: false; error: string; byEngine?: boolean };

/** An image by one of its names. */
export interface StoredImage {
  id: string;
  /** Names in the repository that was asked for. */
  names: string[];
  /** What its removal would give back: layers that other images share are not in it. */
  bytes: number;
  createdAt: number;
}

export interface EngineStorage {
  images: StoredImage[];
  /** The engine's build cache, of all who build on it. */
  cacheBytes: number;
}

/** Undefined = look into it. */
export type KnownContainer = (
  name: string,
  status: ContainerStatus,
) => Pick<ObservedContainer, 'startedAt' | 'unreadable'> | undefined;

export interface Engine {
  /** The machine this engine runs containers on. */
  readonly machineId: string;
  info(): Promise<EngineInfo>;
  /**
   * Asks whether it takes a new connection. An engine on its way out ends its containers while it still answers on old
   * ones: whoever judges a container's end asks this after having seen it.
   */
  ping(): Promise<void>;
  /**
   * Calls back when something may have changed (container died, connection back), with the name of the container it is
   * about. A hint, never the truth: some are lost. Reconnects by itself until disposed.
   */
  watch(onHint: (hint: string, container?: string) => void): AsyncDisposable;
  /**
   * Every container, running or not, that carries this instance's label. The truth.
   * @param known what is known of a listed container already, if that is enough: the engine is then not asked about it. It
   *   answers nothing about a container that it is just starting or removing, and whoever asked waits until that is done.
   */
  listContainers(known?: KnownContainer): Promise<ObservedContainer[]>;
  /**
   * GPU UUIDs (or indices, or `all`) in use by running containers other than those of jobs that run, and by those that
   * another DoPQ has made and will start.
   * @param isOfRunningJob asked with the names of running containers that carry this instance's label
   */
  listForeignGpuUse(isOfRunningJob: (name: string) => boolean): Promise<{ container: string; gpus: string[] }[]>;
  /** Makes a container. If one of that name exists (an earlier call whose answer was lost), that one is returned. */
  createContainer(spec: ContainerSpec): Promise<Container>;
  container(id: string): Container;
  ensureNetwork(name: string): Promise<void>;
  build(options: BuildOptions): Promise<BuildResult>;
  /** Loads a `docker save` tar. Several images in it are an error: which one to run would be a guess. */
  load(
    tar: Readable,
    options: { tag: string; signal?: AbortSignal; onOutput(text: string): void },
  ): Promise<BuildResult>;
  /** Image ID of a name or ID, or undefined if the engine does not have it. */
  findImage(nameOrId: string): Promise<string | undefined>;
  removeImage(nameOrId: string): Promise<void>;
  /** What images of a repository and the build cache take. May take minutes: not for every round. */
  readStorage(repository: string): Promise<EngineStorage>;
  /**
   * Removes from the build cache what was not used for `unusedForMs`, and what was used least recently until no more than
   * `maxBytes` are left; null = no such limit. A cache is made again by the next build.
   */
  pruneBuildCache(limits: { maxBytes: number | null; unusedForMs: number | null }): Promise<void>;
}
