// Sends receipts that show less than is known. Commits come in bursts, so they are answered together; a queued job's place
// and reason change without a commit of its own and are looked at now and then.
import type { Logger } from '../log.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { Store } from '../store/store.ts';
import { presentJob } from '../conventions/present-job.ts';
import type { Receipt } from './protocol.ts';
import { receiptJson, receiptText } from './receipt.ts';

/** The part of the queue's view that a receipt shows. */
export interface QueueSight {
  order: number[];
  reasons: Map<number, string>;
  predictions?: ReadonlyMap<number, { p50At: number; p90At: number }>;
}

export interface ReceiptSenderParts {
  store: Store;
  log: Logger;
  view(): QueueSight;
  /** @returns false if there is nobody to send to now */
  send(receipt: Receipt): boolean;
}

/** What a short job becomes in this time is written as one. */
const BURST_MS = 500;
const PLACES_EVERY_MS = 5000;
const MOST_AT_ONCE = 200;
/** Looking takes at most a twentieth of the server's time. */
const VIEW_SHARE = 20;

export class ReceiptSender implements Disposable {
  readonly #parts: ReceiptSenderParts;
  /** Job -> what was sent last, so that nothing is sent twice. */
  readonly #sent = new Map<number, { revision: number; place: string }>();
  #sight: { sight: QueueSight; goodUntil: number } | undefined;
  readonly #stopListening: () => void;
  readonly #places: NodeJS.Timeout;
  #burst: NodeJS.Timeout | undefined;

  constructor(parts: ReceiptSenderParts) {
    this.#parts = parts;
    this.#stopListening = parts.store.onCommit(() => this.soon());
    this.#places = setInterval(() => this.#sendPlaces(), PLACES_EVERY_MS);
    this.#places.unref();
  }

  soon(): void {
    this.#burst ??= setTimeout(() => {
      this.#burst = undefined;
      this.#sendStale();
    }, BURST_MS);
  }

  /** A new Provider knows nothing of what was sent to the last one. */
  startOver(): void {
    this.#sent.clear();
    this.soon();
  }

  [Symbol.dispose](): void {
    this.#stopListening();
    clearTimeout(this.#burst);
    clearInterval(this.#places);
  }

  #sendStale(): void {
    const stale = this.#parts.store.submissions.withStaleReceipt(MOST_AT_ONCE);
    if (stale.length === 0) this.#forgetFinished();
    const waiting = stale.filter((job) => this.#sent.get(job.id)?.revision !== job.revision);
    if (waiting.length > 0) this.#sendAll(waiting);
  }

  /** All is written: only queued jobs are sent again without a commit of their own. */
  #forgetFinished(): void {
    for (const [jobId, { place }] of this.#sent) if (place === '') this.#sent.delete(jobId);
  }

  #sendPlaces(): void {
    const queued = this.#parts.store.jobs.list({ scope: 'active', state: 'queued', limit: MOST_AT_ONCE });
    const dropped = queued.filter((job) => job.receiptName !== null);
    if (dropped.length > 0) this.#sendAll(dropped);
    this.soon();
  }

  #sendAll(jobs: readonly JobRecord[]): void {
    const isQueued = ({ state }: JobRecord): boolean => state === 'queued';
    const sight: QueueSight = jobs.some(isQueued) ? this.#look() : { order: [], reasons: new Map() };
    const places = new Map(sight.order.map((id, index) => [id, index + 1]));
    for (const job of jobs) {
      this.#send(job, isQueued(job) ? waitOf(job.id, places.get(job.id) ?? null, sight) : undefined);
    }
  }

  /** The queue's view costs a plan; a long queue is looked at less often. */
  #look(): QueueSight {
    const now = performance.now();
    if (this.#sight && now < this.#sight.goodUntil) return this.#sight.sight;
    const sight = this.#parts.view();
    this.#sight = { sight, goodUntil: now + VIEW_SHARE * (performance.now() - now) };
    return sight;
  }

  #send(job: JobRecord, wait: Wait | undefined): void {
    if (job.inbox === null || job.receiptName === null) return;
    const now = { revision: job.revision, place: wait ? placeWords(wait) : '' };
    const before = this.#sent.get(job.id);
    if (before?.revision === now.revision && before.place === now.place) return;
    const attempt = job.attempt > 0 ? this.#parts.store.attempts.find(job.id, job.attempt) : undefined;
    const facts = {
      job: presentJob(job, { attempt, ...wait }),
      problems: job.problems,
      receiptName: job.receiptName,
      ...(job.arrayId !== null && { members: this.#parts.store.jobs.countMembers(job.arrayId) }),
    };
    const { id: jobId, revision, inbox, receiptName } = job;
    const isSent = this.#parts.send({
      jobId,
      revision,
      inbox,
      receiptName,
      text: receiptText(facts),
      json: receiptJson(facts),
    });
    if (isSent) this.#sent.set(jobId, now);
  }
}

/** How a queued job waits. */
interface Wait {
  position: number | null;
  reason: string | undefined;
  prediction: { p50At: number; p90At: number } | undefined;
}

function waitOf(jobId: number, position: number | null, { reasons, predictions }: QueueSight): Wait {
  return { position, reason: reasons.get(jobId), prediction: predictions?.get(jobId) };
}

const MINUTE_MS = 60_000;

/** Changes when a receipt is worth writing again: a prediction that moves by seconds is not. */
function placeWords({ position, reason, prediction }: Wait): string {
  const at = prediction && [prediction.p50At, prediction.p90At].map((time) => Math.round(time / MINUTE_MS));
  return `${position} ${reason} ${at?.join(' ') ?? ''}`;
}
