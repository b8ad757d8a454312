// What the server makes of the Provider's reports. Each fact is one transaction; a job that has moved on (cancelled, taken
// up by a newer Provider) is left as it is, and the Provider is told to stop.
import type { JobState, Problem } from '@dopq/contract';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/shape.ts';
import type { Logger } from '../log.ts';
import { maskText } from '../secrets/mask.ts';
import type { JobPatch, JobRecord } from '../store/jobs.ts';
import type { Store } from '../store/store.ts';
import { writePlaces } from '../queue-rules/own-places.ts';
import { queueSettings } from '../queue-rules/policy.ts';
import { MAX_NAME_BYTES, shortened } from './file-names.ts';
import { judge } from './judge.ts';
import type { FactKind, Facts } from './protocol.ts';
import { type Capacity, rulesFor } from './rules.ts';
import { timeLimitOf } from './site-rules.ts';
import { type Whose, whoseIs } from './whose.ts';

export interface FactsWorld {
  config: Config;
  store: Store;
  clock: Clock;
  log: Logger;
  capacity(): Capacity;
  /** What must not be seen in what is said of a user's jobs. */
  toMask(user: string): readonly string[];
  onShare(state: Facts['share']['ask']): void;
  onAlive(sign: Facts['alive']['ask']): void;
  /** A receipt is on the share: there is room for another one. */
  onReceipt(): void;
  /** An archive has to be moved. */
  onDispose(job: JobRecord): void;
  /** A job was withdrawn: the Provider has to drop what it does for it. */
  onWithdrawn(job: JobRecord): void;
}

type Handlers = { [K in FactKind]: (world: FactsWorld, ask: Facts[K]['ask']) => Facts[K]['answer'] };

const UNFINISHED: readonly JobState[] = ['receiving', 'checking', 'building'];

const HANDLERS: Handlers = {
  alive: (world, ask) => (world.onAlive(ask), null),
  share: (world, ask) => (world.onShare(ask), null),
  rules: (world, { jobId }) => {
    const job = world.store.jobs.get(jobId);
    return { ...rulesFor(job, world.config, world.capacity()), ...(job.changes && { changes: job.changes }) };
  },
  seen,
  wasTaken: ({ store }, { inbox, identity }) => store.submissions.findByIdentity(inbox, identity) !== undefined,
  gone: (world, { jobId }) => {
    const reason = 'the file was taken away before it was complete';
    finish(world, jobId, ['receiving'], { outcome: 'cancelled', reason, zipPlace: 'removed' });
    return null;
  },
  waiting: (world, { jobId, reason }) => {
    const job = world.store.jobs.find(jobId);
    if (job && job.reason !== reason) world.store.jobs.change(jobId, UNFINISHED, { reason });
    return null;
  },
  fetched: (world, { jobId, zipPath, sha256, bytes, identity }) => {
    const patch: JobPatch = {
      state: 'checking',
      reason: null,
      zipPath,
      zipPlace: 'accepted',
      zipSha256: sha256,
      zipBytes: bytes,
      identity,
    };
    return move(world, jobId, ['receiving'], patch, `taken, ${bytes} bytes`) ? 'go' : 'stop';
  },
  checked,
  rejected: (world, { jobId, problems, config }) => {
    if (config !== undefined) world.store.configs.keep(jobId, config);
    reject(world, jobId, problems);
    return null;
  },
  toMask: (world, { jobId }) => [...world.toMask(world.store.jobs.get(jobId).user)],
  step: (world, { jobId, number, total, text }) => {
    const reason = `step ${number}${total > 0 ? `/${total}` : ''}: ${text}`.slice(0, 300);
    world.store.jobs.change(jobId, ['building'], { reason });
    return null;
  },
  built: (world, { jobId, image, imageId, buildLog, cached }) => {
    const { hold, user, queuedAt, submission, arrayIndex } = world.store.jobs.get(jobId);
    const waits: JobPatch =
      hold === null
        ? // One whose image was made again keeps its age.
          { state: 'queued', reason: null, queuedAt: queuedAt ?? world.store.waitingLine.end() }
        : { state: 'held', reason: `held ${hold}` };
    const words = `image ${image}${cached ? ' was there already' : ' made'}`;
    const moved = move(world, jobId, ['building'], { ...waits, image, imageId, buildLog }, words);
    const { count = 1, maxParallel = null } = submission ?? {};
    if (moved && count > 1 && arrayIndex === null) world.store.jobs.expand(jobId, count, maxParallel);
    if (moved) writePlaces(world.store, user);
    return moved ? 'go' : 'stop';
  },
  outsideTrouble: (world, { jobId, trouble }) => {
    const reason = `${trouble}; tried again by itself now and then, and at once by "dopq release ${jobId}"`;
    move(world, jobId, ['building'], { state: 'held', reason }, `held: ${trouble}`);
    return null;
  },
  buildFailed: (world, { jobId, error, buildLog }) => {
    const problem: Problem = {
      file: 'Dockerfile',
      field: '',
      rule: 'the image has to build',
      message: error,
      fix: 'Try it with "docker build ." in the same folder; the build log has everything it printed.',
    };
    const reason = `the build failed: ${lastLine(error)}`;
    const job = finish(world, jobId, ['building'], { outcome: 'build_failed', reason, buildLog, problems: [problem] });
    if (job) world.onDispose(job);
    return null;
  },
  withdrawn: (world, { inbox, name }) => withdraw(world, inbox, name),
  disposed: ({ store }, { jobId, to, zipPath }) => {
    store.jobs.change(jobId, ['finished'], { zipPlace: to, zipPath });
    return null;
  },
  expired: ({ store }, { jobId, zipRemoved }) => {
    store.jobs.change(jobId, ['finished'], {
      receiptName: null,
      ...(zipRemoved && { zipPlace: 'removed', zipPath: null }),
    });
    return null;
  },
  receiptWritten: (world, { jobId, revision }) => {
    world.store.submissions.markReceiptWritten(jobId, revision);
    world.onReceipt();
    return null;
  },
};

/** They change no job: signs of life, questions, notes. */
const NO_CHANGE: ReadonlySet<FactKind> = new Set(['alive', 'share', 'rules', 'wasTaken', 'toMask', 'receiptWritten']);

/** Records a fact and answers it. */
export function applyFact<K extends FactKind>(world: FactsWorld, kind: K, ask: Facts[K]['ask']): Facts[K]['answer'] {
  const apply = () => HANDLERS[kind](world, ask);
  return NO_CHANGE.has(kind) ? apply() : world.store.transaction(apply);
}

function seen(world: FactsWorld, ask: Facts['seen']['ask']): Facts['seen']['answer'] {
  const { inbox, file, bytes, identity } = ask;
  const { jobs, submissions, users } = world.store;
  const userOf = (uid: number) => users.list().find((user) => user.uid === uid)?.name;
  const whose = whoseIs(ask, world.config.fetcher.trustedShare, userOf);
  const receiving = submissions.findReceiving(inbox, file);
  if (receiving) return seenAgain(world, receiving, whose);
  const before = submissions.findByIdentity(inbox, identity);
  if (before) return { jobId: before.id, as: 'taken' };
  if (whose.is === 'refused') return { jobId: null, as: 'refused', why: whose.why };
  // Cancelled before it was taken: it is on its way out of the inbox.
  if (submissions.isLeaving(inbox, file)) return { jobId: null, as: 'ignore' };
  const job = jobs.create(
    {
      user: whose.user ?? '',
      name: file,
      state: 'receiving',
      source: 'share',
      inbox,
      file,
      receiptName: freeReceiptName(file, (name) => submissions.hasReceipt(inbox, name)),
      zipPlace: 'inbox',
      zipBytes: bytes,
      unverified: !whose.verified,
      reason: 'waits until the copy is complete',
    },
    { actor: 'provider', kind: 'received', message: `${file} appeared in ${inbox}` },
  );
  if (!whose.verified) jobs.change(job.id, ['receiving'], { notes: [whose.why] });
  world.log.info({ jobId: job.id, user: job.user, file, inbox }, 'a new file in the share');
  return { jobId: job.id, as: 'receiving' };
}

/** Another may have put a file of their own in the place of one that is still being received. */
function seenAgain(world: FactsWorld, job: JobRecord, whose: Whose): Facts['seen']['answer'] {
  if (whose.is === 'refused') {
    const outcome = { outcome: 'cancelled', reason: 'the file was replaced by one of somebody else' } as const;
    finish(world, job.id, ['receiving'], { ...outcome, zipPlace: 'removed' });
    return { jobId: null, as: 'refused', why: whose.why };
  }
  const { user, verified } = whose;
  if (job.user !== (user ?? '') || job.unverified === verified) {
    const notes = whose.verified ? [] : [whose.why];
    world.store.jobs.change(job.id, ['receiving'], { user: user ?? '', unverified: !verified, notes });
  }
  return { jobId: job.id, as: 'receiving' };
}

/** `.status.json`, a number and `.cancel` have to fit behind a receipt's name. */
const RECEIPT_ENDING_BYTES = 24;

/** `job.zip`, then `job.zip.2`: an earlier receipt of the name is not written over. */
function freeReceiptName(file: string, isTaken: (name: string) => boolean): string {
  const name = shortened(file, MAX_NAME_BYTES - RECEIPT_ENDING_BYTES);
  if (!isTaken(name)) return name;
  let number = 2;
  while (isTaken(`${name}.${number}`)) number++;
  return `${name}.${number}`;
}

function checked(
  world: FactsWorld,
  { jobId, submission, notes, config }: Facts['checked']['ask'],
): Facts['checked']['answer'] {
  if (config !== undefined) world.store.configs.keep(jobId, config);
  const judgement = judge(world, world.store.jobs.get(jobId), submission);
  if (!judgement.ok) {
    reject(world, jobId, judgement.problems);
    return 'stop';
  }
  const { user, memoryBytes, cpus, dependsOn } = judgement;
  const patch: JobPatch = {
    state: 'building',
    reason: 'waits for its turn to be built',
    user,
    name: submission.name,
    submission,
    notes: [...world.store.jobs.get(jobId).notes, ...judgement.notes, ...notes],
    numGpus: submission.numGpus,
    numSlots: submission.numSlots,
    memoryBytes,
    cpus,
    timeLimitMs: timeLimitOf(submission, { queue: queueSettings(world) }),
    notBeforeAt: submission.notBeforeAt ?? null,
    dependsOn,
    ...(submission.hold && { hold: 'as its container_config.json asks' }),
  };
  return move(world, jobId, ['checking'], patch, `a job of ${user}`) ? 'build' : 'stop';
}

function reject(world: FactsWorld, jobId: number, found: Problem[]): void {
  // They repeat what stands in the user's file.
  const secrets = world.toMask(world.store.jobs.get(jobId).user);
  const masked = (text: string) => maskText(text, secrets);
  const problems = found.map((one) => ({ ...one, message: masked(one.message), fix: masked(one.fix) }));
  const [first] = problems;
  const place = first ? [first.file, first.field].filter((part) => part !== '').join(', ') : '';
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const reason = first ? `${place}: ${firstLine(first.message)}${more}` : 'the archive was refused';
  const job = finish(world, jobId, ['receiving', 'checking'], { outcome: 'rejected', reason, problems });
  if (job) world.onDispose(job);
}

/** What has no container ends at once; a container is stopped by the queue. */
function withdraw(world: FactsWorld, inbox: string, name: string): boolean {
  const found = world.store.submissions.findActiveByName(inbox, name);
  // The zip of an array stands for all of it.
  const jobs = found?.arrayId === found?.id ? world.store.jobs.membersOf(found?.id ?? 0) : [];
  for (const job of found && jobs.length === 0 ? [found] : jobs) withdrawJob(world, job, name);
  return found !== undefined;
}

function withdrawJob(world: FactsWorld, job: JobRecord, name: string): void {
  const { store, clock } = world;
  if (job.state === 'finished') return;
  const actor = `user:${job.user}`;
  const at = clock.now();
  const cancelling = { cancelRequestedAt: at, cancelActor: actor };
  if (job.state === 'starting' || job.state === 'running') {
    if (job.cancelRequestedAt !== null) return;
    store.jobs.change(
      job.id,
      [job.state],
      { ...cancelling, reason: 'stopping: withdrawn' },
      { actor, kind: 'cancel_requested', message: `${name}.cancel` },
    );
    return;
  }
  const ended = finish(
    world,
    job.id,
    [job.state],
    { outcome: 'cancelled', reason: `withdrawn with ${name}.cancel`, ...cancelling },
    actor,
  );
  if (ended) world.onWithdrawn(ended);
}

function move(world: FactsWorld, jobId: number, from: JobState[], patch: JobPatch, message: string): boolean {
  const job = world.store.jobs.change(jobId, from, patch, {
    actor: 'provider',
    kind: patch.state ?? 'changed',
    message,
  });
  if (job) world.log.info({ jobId, user: job.user, state: job.state }, message);
  return job !== undefined;
}

function finish(
  world: FactsWorld,
  jobId: number,
  from: JobState[],
  patch: JobPatch,
  actor = 'provider',
): JobRecord | undefined {
  const message = `${patch.outcome}: ${patch.reason}`;
  const finished: JobPatch = { ...patch, state: 'finished', finishedAt: world.clock.now() };
  const job = world.store.jobs.change(jobId, from, finished, { actor, kind: 'finished', message });
  if (job) world.log.info({ jobId, user: job.user, outcome: job.outcome }, message);
  return job;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
