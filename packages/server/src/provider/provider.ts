// Keeps the Provider's process alive and records what it reports. That process may hang on a dead share, run out of
// memory on a bomb or be killed: the server only sees it go silent, starts another and tells it where the records end.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ArchiveLimits, Judged, Judgement } from '@dopq/contract';
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/shape.ts';
import type { Logger } from '../log.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { UserSecrets } from '../secrets/user-secrets.ts';
import type { Store } from '../store/store.ts';
import { expiredReceipts } from './expiry.ts';
import { applyFact, type FactsWorld } from './facts.ts';
import { HeldAgain } from './held-again.ts';
import { disposalOf, openWork, resumeOf } from './open-work.ts';
import type { Facts, InboxOwner, Order, Report } from './protocol.ts';
import { type QueueSight, ReceiptSender } from './receipt-sender.ts';
import type { Capacity } from './rules.ts';
import { ShareState, type ShareStatus } from './share-state.ts';
import { archiveLimitsOf, validate } from './validate.ts';

export interface ProviderOptions {
  config: Config;
  store: Store;
  clock: Clock;
  log: Logger;
  /** Id of this DoPQ (data directory). */
  instance: string;
  simulate: boolean;
  /** What must not be seen in what builds print. */
  secrets: Pick<UserSecrets, 'toMask'>;
  /** Order and reasons of queued jobs, for receipts. */
  view(): QueueSight;
  /** What the largest machine has. */
  capacity(): Capacity;
  /** A file call on the share that takes longer means that the share hangs; default one minute. */
  shareHangsAfterMs?: number;
}

export interface ProviderStatus {
  /** `starting`, `running`, `restarting`, or `hung`: it runs, but an earlier one still hangs on the share. */
  state: 'starting' | 'running' | 'restarting' | 'hung' | 'stopped';
  message: string | null;
  startedAt: number | null;
  pid: number | null;
  restarts: number;
  building: number;
  share: ShareStatus;
}

export interface Provider extends AsyncDisposable {
  status(): ProviderStatus;
  /** An upload lies at the `zipPath` of this job in state `receiving`. */
  intake(jobId: number): void;
  /** The job was cancelled: what is done for it is dropped, its archive leaves the inbox. */
  abort(jobId: number): void;
  usersChanged(): void;
  /** What an archive may be here. */
  limits(): ArchiveLimits;
  /** What would be said of a submission; nothing is taken. */
  judge(judged: z.infer<typeof Judged>): Judgement;
}

const CHILD = fileURLToPath(new URL('child/main.ts', import.meta.url));
const CHECK_EVERY_MS = 1000;
/** A sign of life comes every second; a process that is only busy misses a few. */
const SILENT_AFTER_MS = 30_000;
/** No share that works keeps one file call waiting so long. */
const SHARE_HANGS_AFTER_MS = 60_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
/** Who lives so long has recovered. */
const STEADY_AFTER_MS = 60_000;
/** For receipts that have been kept long enough and builds that are tried again. */
const LOOK_BACK_EVERY_MS = 60_000;
/** File calls of a slow share take threads; without more of them they would also hold up our own disk. */
const CHILD_THREADS = '16';

/** Starts the Provider's process and keeps it running until disposed. */
export function startProvider(options: ProviderOptions): Provider {
  return new Supervisor(options);
}

class Supervisor implements Provider {
  readonly #options: ProviderOptions;
  readonly #world: FactsWorld;
  readonly #share: ShareState;
  readonly #receipts: ReceiptSender;
  readonly #checks: NodeJS.Timeout;
  readonly #heldAgain: HeldAgain;
  readonly #lookingBack: NodeJS.Timeout;
  #child: ChildProcess | undefined;
  /** An abandoned process that even SIGKILL does not end: it waits in the kernel for the share. */
  #stuck: ChildProcess | undefined;
  #epoch = 0;
  #startedAt: number | null = null;
  #lastSignAt = 0;
  #restarts = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #restart: NodeJS.Timeout | undefined;
  #building = 0;
  #lastWords = '';
  #stopped = false;

  constructor(options: ProviderOptions) {
    this.#options = options;
    const { config, store, clock, log } = options;
    this.#share = new ShareState(options);
    this.#world = {
      config,
      store,
      clock,
      log,
      capacity: () => options.capacity(),
      toMask: (user) => options.secrets.toMask(user),
      onShare: (state) => this.#share.note(state),
      onAlive: (sign) => this.#noteAlive(sign),
      onReceipt: () => this.#receipts.soon(),
      onDispose: (job) => this.#dispose(job),
      onWithdrawn: (job) => this.#drop(job),
    };
    this.#receipts = new ReceiptSender({
      store,
      log,
      view: () => options.view(),
      send: (receipt) => this.#send({ kind: 'receipt', receipt }),
    });
    this.#checks = setInterval(() => this.#check(), CHECK_EVERY_MS);
    this.#heldAgain = new HeldAgain(store, clock);
    this.#lookingBack = setInterval(() => this.#lookBack(), LOOK_BACK_EVERY_MS);
    this.#start();
  }

  status(): ProviderStatus {
    const { pid } = this.#child ?? {};
    const base = {
      startedAt: this.#startedAt,
      pid: pid ?? null,
      restarts: this.#restarts,
      building: this.#building,
      share: this.#share.status,
    };
    if (this.#stopped) return { ...base, state: 'stopped', message: null };
    if (!this.#child)
      return { ...base, state: 'restarting', message: this.#lastWords || 'it ended and is started again' };
    if (this.#stuck) {
      return {
        ...base,
        state: 'hung',
        message: `the process ${this.#stuck.pid} hangs on the share; uploads and builds go on without it`,
      };
    }
    return { ...base, state: this.#lastSignAt === 0 ? 'starting' : 'running', message: null };
  }

  intake(jobId: number): void {
    const { store } = this.#options;
    const found = store.jobs.find(jobId);
    const job = found && resumeOf(store, found);
    if (job) this.#send({ kind: 'intake', job });
  }

  abort(jobId: number): void {
    const job = this.#options.store.jobs.find(jobId);
    if (job) this.#drop(job);
  }

  usersChanged(): void {
    // Whose file is whose is looked up with each fact; this is only about the folders that are to be there.
    this.#send({ kind: 'owners', owners: this.#owners() });
  }

  limits(): ArchiveLimits {
    return archiveLimitsOf(this.#options.config);
  }

  judge(judged: z.infer<typeof Judged>): Judgement {
    return validate(this.#world, judged);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#checks);
    clearInterval(this.#lookingBack);
    clearTimeout(this.#restart);
    this.#receipts[Symbol.dispose]();
    const child = this.#child;
    this.#child = undefined;
    this.#epoch++;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
    child.kill('SIGKILL');
    // A process that hangs in the kernel goes when the share comes back; nobody waits for it.
    await Promise.race([ended, new Promise<void>((resolve) => void setTimeout(resolve, 2000).unref())]);
  }

  #start(): void {
    if (this.#stopped) return;
    const epoch = ++this.#epoch;
    const { config, instance, simulate, clock, log } = this.#options;
    const child = fork(CHILD, {
      serialization: 'advanced',
      execArgv: ['--max-semi-space-size=2'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, UV_THREADPOOL_SIZE: CHILD_THREADS },
    });
    this.#child = child;
    this.#startedAt = clock.now();
    this.#lastSignAt = 0;
    this.#lastWords = '';
    child.stderr?.on('data', (text: Buffer) => (this.#lastWords = `${this.#lastWords}${text.toString()}`.slice(-2000)));
    child.on('message', (report: Report) => this.#take(child, report));
    child.on('error', (error) => log.error({ err: error }, 'the Provider process cannot be started or spoken to'));
    child.once('exit', (code, signal) => this.#ended(child, code, signal));
    log.info({ pid: child.pid, epoch }, 'Provider started');
    this.#send({
      kind: 'start',
      epoch,
      config,
      instance,
      simulate,
      ...openWork(this.#options.store),
      owners: this.#owners(),
      useShare: this.#stuck === undefined,
      shareWasMounted: this.#share.wasMounted,
    });
    this.#receipts.startOver();
  }

  #owners(): InboxOwner[] {
    const users = this.#options.store.users.list().filter(({ disabledAt }) => disabledAt === null);
    return users.map(({ name, uid }) => ({ name, uid }));
  }

  #take(child: ChildProcess, report: Report): void {
    if (child !== this.#child || report.epoch !== this.#epoch) return;
    try {
      const answer = applyFact(this.#world, report.kind, report.ask as never);
      this.#send({ kind: 'answer', to: report.id, answer });
    } catch (error) {
      // Nothing was recorded (a full disk, a bug): a new Provider reports it again.
      this.#options.log.error(
        { err: error, fact: report.kind },
        'a fact could not be recorded; the Provider is restarted',
      );
      child.kill('SIGKILL');
    }
  }

  #ended(child: ChildProcess, code: number | null, signal: string | null): void {
    if (child === this.#stuck) {
      this.#stuck = undefined;
      this.#options.log.info(
        { pid: child.pid },
        'the Provider that hung on the share has ended; the share is used again',
      );
      this.#send({ kind: 'share', use: true });
    }
    if (child !== this.#child || this.#stopped) return;
    this.#options.log.error({ pid: child.pid, code, signal, words: this.#lastWords }, 'Provider ended');
    this.#child = undefined;
    this.#again();
  }

  /** Starts another one, later each time it does not live long. */
  #again(): void {
    const livedMs = this.#options.clock.now() - (this.#startedAt ?? 0);
    this.#pauseMs = livedMs > STEADY_AFTER_MS ? FIRST_PAUSE_MS : this.#pauseMs;
    this.#restarts++;
    this.#building = 0;
    this.#restart = setTimeout(() => this.#start(), this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
  }

  #check(): void {
    const child = this.#child;
    if (!child || this.#lastSignAt === 0) return;
    const silentMs = performance.now() - this.#lastSignAt;
    if (silentMs > SILENT_AFTER_MS)
      this.#abandon(child, `it gave no sign of life for ${Math.round(silentMs / 1000)} s`);
  }

  #noteAlive({ shareCallMs, building }: Facts['alive']['ask']): void {
    this.#lastSignAt = performance.now();
    this.#building = building;
    const limitMs = this.#options.shareHangsAfterMs ?? SHARE_HANGS_AFTER_MS;
    if (shareCallMs < limitMs || !this.#child) return;
    const message = `${this.#options.config.paths.network} does not answer for ${Math.round(shareCallMs / 1000)} s. Look at the file server or the mount; DoPQ goes on by itself.`;
    this.#share.note({ state: 'hung', message });
    this.#abandon(this.#child, message);
  }

  /** Gives a process up that does not answer. If not even a kill ends it, its successor leaves the share alone. */
  #abandon(child: ChildProcess, why: string): void {
    this.#options.log.error({ pid: child.pid }, `the Provider is abandoned: ${why}`);
    this.#lastWords = why;
    child.kill('SIGKILL');
    this.#child = undefined;
    this.#stuck = child;
    child.unref();
    this.#again();
  }

  #drop(job: JobRecord): void {
    this.#send({ kind: 'abort', jobId: job.id });
    if (job.zipPlace === 'inbox' && job.state === 'finished') this.#dispose(job);
  }

  #dispose(job: JobRecord): void {
    // After the transaction that the order belongs to.
    setImmediate(() => {
      const disposal = disposalOf(job);
      if (disposal) this.#send({ kind: 'dispose', disposal });
    });
  }

  #lookBack(): void {
    const { store, clock, config } = this.#options;
    for (const order of expiredReceipts(store, config.fetcher, clock.now())) this.#send(order);
    for (const jobId of this.#heldAgain.due()) this.intake(jobId);
  }

  #send(order: Order): boolean {
    const child = this.#child;
    if (!child?.connected) return false;
    child.send(order, (error) => {
      if (error) this.#options.log.warn({ err: error, order: order.kind }, 'an order did not reach the Provider');
    });
    return true;
  }
}
