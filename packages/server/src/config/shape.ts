// What the rest of the server knows of config.ini: every value parsed, every path absolute, every unit in its name.

import type { Registration } from '@dopq/contract';

type Policy = 'fair-share' | 'recency' | 'fifo';
type Backfill = 'conservative' | 'easy' | 'none';
type GpuMode = 'device-requests' | 'runtime';
type Builder = 'classic' | 'buildkit';

/** One entry of `mount.volumes`. `/outdir` becomes `source/<user>` for each job. */
export interface MountVolume {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** The settings in force, frozen. Which key each field comes from: `keys.ts`. */
export interface Config {
  /** The file they were read from. */
  readonly file: string;
  /** True for a file of DoPQ 1.0 (neither `data.dir` nor `policy`): some defaults then are 1.0's. */
  readonly legacy: boolean;
  readonly paths: {
    /** Database, socket and private state; mode 0700. */
    readonly data: string;
    readonly container: string;
    /** The share; inboxes are `<network>/<user>`. */
    readonly network: string;
    /** Superseded: nothing is unpacked. */
    readonly unzip: string;
    readonly log: string;
    readonly history: string;
    readonly failed: string;
    /** DoPQ 1.0's pickleDB file, if there is one to import. */
    readonly userDatabase: string | null;
  };
  readonly queue: {
    readonly maxHistory: number;
    readonly verbose: boolean;
    readonly sleepIntervalMs: number;
    /** Slots per GPU. */
    readonly maxGpuAssignment: number;
    readonly policy: Policy;
    readonly halfLifeMs: number;
    /** Model, as people say it -> what one such GPU counts; 1 where none matches. */
    readonly gpuWeights: Readonly<Record<string, number>>;
    readonly backfill: Backfill;
    /** For `conservative`: how many waiting jobs nobody may delay. */
    readonly protectedJobs: number;
    /** Limits; null = none. */
    readonly maxRunningJobsPerUser: number | null;
    readonly maxRunningGpusPerUser: number | null;
    readonly maxQueuedJobsPerUser: number | null;
    readonly maxRunningJobs: number | null;
    readonly maxRunningGpus: number | null;
    readonly maxQueuedJobs: number | null;
    /** Time limit of a job that names none, and the longest one may have; null = none. */
    readonly defaultTimeLimitMs: number | null;
    readonly maxTimeLimitMs: number | null;
    /** So long before its time limit a job is told, unless it says otherwise; null = it is not. */
    readonly timeLimitNoticeMs: number | null;
    readonly gpuSampleMaxAgeMs: number;
    readonly stopGraceSeconds: number;
    readonly startParallel: number;
  };
  readonly docker: {
    /** `unix:///path` or `tcp://host:port`. */
    readonly endpoint: string;
    readonly mounts: readonly MountVolume[];
    readonly remove: boolean;
    /** The most one job may ask for; null = the machine's memory. */
    readonly memLimitBytes: number | null;
    readonly loggingIntervalMs: number;
    readonly gpuMode: GpuMode;
    /** The bridge network that jobs get. */
    readonly network: string;
    readonly builder: Builder;
    /** Path or name of the `nvidia-smi` program. */
    readonly nvidiaSmi: string;
    readonly pidsLimit: number;
    /** Keys of run_params that users may use here although they are refused elsewhere. */
    readonly allowRunParams: readonly string[];
    /** Size of /dev/shm of a job that does not say. */
    readonly shmBytes: number;
  };
  readonly fetcher: {
    readonly validExecutors: readonly string[];
    /** Part of a disk that has to stay free, 0 to 1. */
    readonly minSpaceFraction: number;
    /** Whether zips in `<inbox>/invalid` are deleted after `keepReceiptsMs`. */
    readonly removeInvalid: boolean;
    readonly sleepIntervalMs: number;
    /** Whether an inbox that others may write to is believed to speak for its user. */
    readonly trustedShare: boolean;
    readonly maxUploadBytes: number;
    readonly maxUnpackedBytes: number;
    readonly maxEntries: number;
    /** How long size and time of a zip have to rest before it is taken. */
    readonly settleMs: number;
    /** After how long without growth an incomplete zip is reported as stalled. */
    readonly stalledMs: number;
    readonly keepReceiptsMs: number;
  };
  readonly builder: {
    /** Pause before a build is tried again. */
    readonly sleepIntervalMs: number;
    /** Lower case, without the dot. */
    readonly loadSuffixes: readonly string[];
    readonly buildSuffixes: readonly string[];
    readonly parallel: number;
    /** Of one step of a build; null = no limit. */
    readonly memoryBytes: number | null;
    readonly timeoutMs: number;
    /** A build that prints nothing for so long is ended. */
    readonly quietTimeoutMs: number;
    readonly maxOutputBytes: number;
    /** How often a build is tried again that the engine, not the submission, made fail. */
    readonly retries: number;
  };
  readonly housekeeping: {
    readonly intervalMs: number;
    /** Part of the engine's disk that has to stay free, 0 to 1. */
    readonly minFreeFraction: number;
    /** Limits of what is kept; null = none. */
    readonly imagesMaxBytes: number | null;
    readonly imagesKeepMs: number | null;
    readonly cacheMaxBytes: number | null;
    readonly cacheKeepMs: number | null;
    readonly zipsMaxBytes: number | null;
    readonly zipsKeepMs: number | null;
    readonly logsMaxBytes: number | null;
    readonly logsKeepMs: number | null;
  };
  readonly notify: {
    /** `smtp://user:password@host:port`; null = no e-mail. */
    readonly smtpUrl: string | null;
    readonly mailFrom: string;
    /** Whether webhooks may go to addresses that are not of the internet. */
    readonly webhookPrivate: boolean;
  };
  readonly controller: {
    /** Path of the unix socket. */
    readonly socket: string;
    readonly host: string;
    /** Folder of the sockets of this machine's users; null = none. */
    readonly userSockets: string | null;
    /** 0 = any that is free, null = no TCP at all. */
    readonly port: number | null;
    /** Names people reach it by, lower case. */
    readonly names: readonly string[];
    readonly registration: Registration;
    /** PEM files; both or none. */
    readonly tlsCert: string | null;
    readonly tlsKey: string | null;
    /** Addresses of reverse proxies whose X-Forwarded headers are believed. */
    readonly proxies: readonly string[];
  };
}
