// All the controller knows of the rest of the server. It reads the store, and asks the actors through these few calls.
import type { ArchiveLimits, GpuState, Judged, Judgement, Status } from '@dopq/contract';
import type { Explanation, Ledger, Policy, Prediction, Snapshot } from '@dopq/scheduler';
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/shape.ts';
import type { Container, EngineInfo } from '../engines/engine.ts';
import type { Hardware } from '../hardware/hardware.ts';
import type { Logger } from '../log.ts';
import type { Sampler } from '../measure/sampler.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { UserSecrets } from '../secrets/user-secrets.ts';
import type { Vault } from '../secrets/vault.ts';
import type { Store } from '../store/store.ts';
import type { Accounts } from './accounts/accounts.ts';
import type { AuditLog } from './audit.ts';
import type { Feed } from './feed.ts';
import type { Patience } from './http.ts';
import type { TcpDoor } from './tcp.ts';

/** State of one part of the server, for `dopq status`. */
export interface PartStatus {
  /** One word: `running`, `locked`, `unreachable` ... */
  state: string;
  /** What is wrong and what to do about it; null if nothing is. */
  message: string | null;
  startedAt: number | null;
}

/** What the queue decided last, so that every view shows the order that will really be followed. */
export interface QueueView {
  /** Ids of the queued jobs, next one first. */
  order: number[];
  /** Why each job that waits does not start. */
  reasons: Map<number, string>;
  /** When queued jobs will start, as far as is known. */
  predictions: Map<number, Prediction>;
  /** User -> penalty; users without one have 0. */
  penalties: Map<string, number>;
  /** GPUs (by UUID) the queue will not use now, and why. */
  unusableGpus?: Map<string, { state: GpuState; reason: string }>;
  /** Host pid of a process on a GPU -> its job; processes outside DoPQ are not in it. */
  jobsByPid?: Map<number, number>;
}

export interface QueuePort {
  status(): PartStatus & {
    locked: boolean;
    /** The newest comparison of table and engine; null = none was made yet. */
    lastRound: { at: number; tookMs: number } | null;
  };
  view(): QueueView;
  /** Why a queued job waits and what would change that; undefined if it is not queued or the engine was never met. */
  explain(jobId: number): Explanation | undefined;
  /** Why nothing at all starts now; undefined = things start. */
  stopped(): { reason: string; until: string } | undefined;
  /** What makes a user's penalty; undefined while the engine was never met. */
  ledger(user: string): Ledger | undefined;
  /** The waiting jobs that would start later if this one had such a time limit. */
  delayedBy(jobId: number, timeLimitMs: number): number[];
  /** What the queue decides from now; undefined while the engine was never met. */
  outlook(): { snapshot: Snapshot; policy: Policy } | undefined;
  /** Something may have changed. */
  wake(): void;
}

export interface ProviderPort {
  status(): PartStatus & {
    pid: number | null;
    restarts: number;
    share: { state: string; message: string | null; since: number | null };
  };
  /** A job in state `receiving` whose archive is at its `zipPath` waits to be checked. */
  intake(jobId: number): void;
  /** The job was cancelled: drop what is being done for it. */
  abort(jobId: number): void;
  usersChanged(): void;
  limits(): ArchiveLimits;
  /** What would be said of a submission; nothing is taken. */
  judge(judged: z.infer<typeof Judged>): Judgement;
}

export interface EnginePort {
  readonly machineId: string;
  /** What the engine said of itself last; undefined if it never answered. */
  status(): PartStatus & { info?: EngineInfo };
  /** A handle; nothing is asked of the engine until it is used. */
  container(id: string): Container;
}

/** What `server.ts` hands the controller. */
export interface GivenDeps {
  config: Config;
  store: Store;
  clock: Clock;
  log: Logger;
  queue: QueuePort;
  provider: ProviderPort;
  engine: EnginePort;
  hardware: Pick<Hardware, 'gpus' | 'host'>;
  sampler: Pick<Sampler, 'latest'>;
  /** What is kept on the disks. */
  storage(): Status['storage'];
  secrets: UserSecrets;
  vault: Vault;
  notifier: Pick<Notifier, 'test'>;
  /** Id of this DoPQ (data directory). */
  instance: string;
  startedAt: number;
  simulated: boolean;
  /** For tests: how long bodies are waited for. */
  patience?: Patience;
  /** Ends the server as a signal would. */
  shutDown(): void;
  /** Remarks on the configuration: superseded keys and the like. */
  warnings(): readonly string[];
}

/** What procedures work with: that, and what the controller makes itself. */
export interface ControllerDeps extends GivenDeps {
  tcp: TcpDoor;
  feed: Feed;
  /** Somebody became a user, or is one no more. */
  usersChanged(): void;
  accounts: Accounts;
  audit: AuditLog;
}
