// What the queue works with, made once by server.ts.
import type { Plan } from '@dopq/scheduler';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import type { Engine, EngineInfo } from '../engines/engine.ts';
import type { Hardware } from '../hardware/hardware.ts';
import type { Logger } from '../log.ts';
import type { UserSecrets } from '../secrets/user-secrets.ts';
import type { Store } from '../store/store.ts';
import type { Forecaster, Outlook } from './forecaster.ts';
import type { GpuOwners } from './gpu-owners.ts';
import type { Outages } from './outages.ts';
import type { RunTimes } from './run-times.ts';
import type { Tasks } from './tasks.ts';

export interface QueueDeps {
  config: Config;
  store: Store;
  /** What it says has no secrets in it, see secrets/masked-engine.ts. */
  engine: Engine;
  hardware: Hardware;
  clock: Clock;
  /** What users' containers get as environment. */
  secrets: Pick<UserSecrets, 'environment'>;
  log: Logger;
  /** Label value that tells our containers from another server's. */
  instance: string;
  /** The image of a job is gone, and the job is in state `building` again. */
  onImageGone(jobId: number): void;
}

/** What a round saw of the world, so that views can be answered without asking the engine again. */
export interface Sight {
  engine: EngineInfo;
  gpuOwners: GpuOwners;
  /** The next round is due then, although nothing happens. */
  nextAt?: number;
}

/** What was decided, and from what. */
export type Decision = Outlook & { plan: Plan };

export interface World extends QueueDeps {
  outages: Outages;
  tasks: Tasks;
  /** Why nothing can be recorded now, undefined = it can. */
  storageTrouble?: string | undefined;
  /** When containers that run as recorded were last looked into. */
  closeLook: { at: number };
  forecaster: Forecaster;
  runTimes: RunTimes;
  /** Jobs that are to end and do not: what the engine said when it was told. */
  stuck: Map<number, string>;
}
