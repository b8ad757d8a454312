// The tables as types. One row per job for its whole life: enqueued, running and history are queries, not lists.
import type { CallerRole, JobState, Outcome, Role, TokenScope } from '@dopq/contract';
import type { Generated } from 'kysely';

/** Another job that has to end first; `ok`: and has to succeed. */
export interface Dependency {
  jobId: number;
  condition: 'ok' | 'any';
}

/** Where the submitted archive is: exactly one place at any time. */
export type ZipPlace = 'inbox' | 'accepted' | 'invalid' | 'failed' | 'removed';

export interface JobTable {
  id: Generated<number>;
  /** The accountable user; for a file in an inbox the inbox's owner. */
  user: string;
  name: string;
  state: JobState;
  outcome: Outcome | null;
  reason: string | null;
  source: 'share' | 'upload';
  /** Folder the archive was dropped into; null for uploads. */
  inbox: string | null;
  file: string;
  /** Base name of the receipt beside the archive, without `.txt` / `.json`; null for uploads. */
  receiptName: string | null;
  /** Receipt last written for this revision of the job. */
  receiptRevision: Generated<number>;
  /** dev:ino:size:mtime of the archive as it was taken, so that a leftover is not taken twice. */
  identity: string | null;
  zipPath: string | null;
  zipPlace: ZipPlace;
  zipSha256: string | null;
  zipBytes: number | null;
  unverified: number;
  /** JSON list of remarks for the owner. */
  notes: string;
  /** JSON list of what is wrong with the submission, each with its fix. */
  problems: Generated<string>;
  /** JSON of the parsed container_config.json. */
  submission: string | null;
  numGpus: number | null;
  numSlots: number | null;
  memoryBytes: number | null;
  cpus: number | null;
  image: string | null;
  imageId: string | null;
  buildLog: string | null;
  exitCode: number | null;
  /** Number of the newest attempt; 0 = never started. */
  attempt: Generated<number>;
  createdAt: number;
  queuedAt: number | null;
  startedAt: number | null;
  finishedAt: number | null;
  cancelRequestedAt: number | null;
  cancelActor: string | null;
  /** Why it is, or will be, held once it is built; null = it is not. */
  hold: string | null;
  /** Who holds it: `user:ilja`, `admin`; null = nobody does, or its own configuration file asks for it. */
  heldBy: string | null;
  /** Class given by an operator: higher goes first, before any penalty. */
  priority: Generated<number>;
  /** Among its user's jobs: lower goes first. */
  nice: Generated<number>;
  /** Among its user's jobs of one `nice`: lower goes first, jobs without one last. */
  ownRank: number | null;
  /** The age that counts against other users, where own jobs have changed places; else `queuedAt`. */
  placeAt: number | null;
  /** It may not start earlier. */
  notBeforeAt: number | null;
  /** It is stopped after running so long. */
  timeLimitMs: number | null;
  /** JSON list of the jobs that have to end before it starts; null = none. */
  dependsOn: string | null;
  /** Number of the first job of its array; null = a single job. */
  arrayId: number | null;
  /** The job that this one is another try of, and JSON of what was to be other than in its container_config.json. */
  retryOf: number | null;
  changes: string | null;
  /** Its place in the array, from 0, how many there are, and how many of them may run at once. */
  arrayIndex: number | null;
  arrayCount: number | null;
  maxParallel: number | null;
  /** When its start was first predicted, and what the walks of the plan foresaw then. */
  promisedAt: number | null;
  foreseenP50At: number | null;
  foreseenP90At: number | null;
  /** What was told: in half of all cases, and in nine of ten, it has started by then. */
  promisedP50At: number | null;
  promisedP90At: number | null;
  /** When the history it was in was cleared: it is shown nowhere any more, its use still counts. */
  clearedAt: number | null;
  /** Grows with every change of the row. */
  revision: Generated<number>;
}

export interface AttemptTable {
  jobId: number;
  number: number;
  machineId: string;
  /** JSON list, in the order given to the container. */
  gpuUuids: string;
  /** JSON list of the same GPUs' models: a GPU may be gone when its use is still charged. */
  gpuModels: string;
  /** Slots of each GPU at that time; with numSlots the share of a GPU it had. */
  slotsPerGpu: number;
  numSlots: number;
  /** Memory it takes of each GPU; null = its slots' part. */
  gpuMemoryBytes: number | null;
  /** The part of each of its GPUs that it has, by slots or by memory, whichever is more. */
  gpuShare: number;
  memoryBytes: number;
  cpus: number;
  containerName: string;
  containerId: string | null;
  logPath: string;
  /** 1 = the container's whole log is in logPath, so the container may be removed. */
  logComplete: number;
  /** When it was told that its time limit is near; null = it was not. */
  warnedAt: Generated<number | null>;
  createdAt: number;
  startedAt: number | null;
  endedAt: number | null;
  exitCode: number | null;
  outcome: Outcome | null;
  /** 1 = container is removed, or never existed. */
  cleared: number;
}

/** A row per slot of a GPU in use. The primary key (gpuUuid, slot) makes double booking impossible. */
export interface GpuSlotTable {
  gpuUuid: string;
  slot: number;
  jobId: number;
}

export interface EventTable {
  seq: Generated<number>;
  at: number;
  jobId: number | null;
  actor: string;
  kind: string;
  message: string;
}

export interface UserTable {
  name: string;
  email: string | null;
  uid: number;
  role: Generated<Role>;
  shares: Generated<number>;
  /** Limits of this user in place of the general ones; null = the general one. */
  maxRunningJobs: number | null;
  maxRunningGpus: number | null;
  maxQueuedJobs: number | null;
  disabledAt: number | null;
  createdAt: number;
}

/** A GPU or a machine that is not to be used for new jobs. */
export interface DrainTable {
  /** `gpu:UUID` or `machine:ID`. */
  subject: string;
  reason: string;
  actor: string;
  at: number;
}

/** What was measured of a subject in one step of time, means and peaks by metric. */
export interface SampleTable {
  /** Seconds: 10, 60 or 600. */
  step: number;
  /** `gpu:UUID`, `job:ID`, `machine:ID` or `queue`. */
  subject: string;
  /** Beginning of the step, milliseconds since 1970. */
  at: number;
  /** JSON: metric -> mean over the step. */
  means: string;
  /** JSON: metric -> highest in the step. */
  peaks: string;
}

/** Sums over all measurements of a job, kept as long as the job. */
export interface JobUseTable {
  jobId: number;
  measurements: number;
  cpuPercentSum: number;
  memoryPeakBytes: number;
  /** Measurements that had a figure of its GPUs; the next two are sums over those. */
  gpuMeasurements: number;
  gpuUtilizationSum: number;
  gpuIdleSum: number;
  /** Of all its GPUs together; null = never known. */
  gpuMemoryPeakBytes: number | null;
}

/** What the job's container_config.json says, as text. */
export interface JobConfigTable {
  jobId: number;
  content: string;
}

/** How somebody signs in. There may be one without a user: who waits for approval. */
export interface LoginTable {
  user: string;
  email: string | null;
  /** argon2id in the PHC string format. */
  password: string;
  createdAt: number;
  /** Null = waits for approval. */
  approvedAt: number | null;
}

/** Secrets that stand for a user, as their hash. */
export interface CredentialTable {
  id: Generated<number>;
  kind: 'session' | 'token' | 'invitation';
  user: string;
  /** SHA-256, hex: they are random and long, so nothing slower is needed. */
  hash: string;
  /** Of a token what it is for, of a session the browser. */
  name: string;
  scope: TokenScope;
  createdAt: number;
  expiresAt: number | null;
  usedAt: number | null;
  usedFrom: string | null;
}

/** Append-only: the database itself refuses to change or delete a row. */
export interface AuditTable {
  seq: Generated<number>;
  at: number;
  who: string;
  role: CallerRole;
  how: string;
  fromWhere: string;
  what: string;
  which: string | null;
  /** JSON. */
  details: string | null;
  result: 'done' | 'refused' | 'failed';
  code: string | null;
}

/** A secret of a user; only secrets/vault.ts can read it. */
export interface SecretTable {
  id: Generated<number>;
  user: string;
  name: string;
  sealed: string;
  createdAt: number;
  updatedAt: number;
  /** When another value took its place, or it was removed: no new container gets it. */
  retiredAt: number | null;
}

/** A way by which a user is told of things. */
export interface ChannelTable {
  id: Generated<number>;
  user: string;
  kind: 'email' | 'webhook';
  target: string;
  /** JSON list of the events it is for. */
  events: string;
  movedByMs: number;
  /** Key of a webhook's signatures, sealed. */
  sealedKey: string | null;
  createdAt: number;
  deliveredAt: number | null;
  failedAt: number | null;
  failure: string | null;
}

/** What somebody is to be told. */
export interface OutboxTable {
  id: Generated<number>;
  channelId: number;
  event: string;
  jobId: number | null;
  text: string;
  payload: string;
  /** The same for the same happening. */
  about: string;
  createdAt: number;
  tries: number;
  /** When it is tried next; null = it was delivered or given up. */
  nextAt: number | null;
  deliveredAt: number | null;
  failure: string | null;
}

export interface SettingTable {
  key: string;
  value: string;
}

export interface Schema {
  jobs: JobTable;
  attempts: AttemptTable;
  gpuSlots: GpuSlotTable;
  events: EventTable;
  users: UserTable;
  logins: LoginTable;
  credentials: CredentialTable;
  audit: AuditTable;
  settings: SettingTable;
  drains: DrainTable;
  secrets: SecretTable;
  channels: ChannelTable;
  outbox: OutboxTable;
  samples: SampleTable;
  jobUse: JobUseTable;
  jobConfigs: JobConfigTable;
}
