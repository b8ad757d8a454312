// What the table says against what the engine says, and what to do about the difference. The same function serves a lost
// event, a reconnect, an engine restart and our own restart.

/** An attempt that the table believes is starting or running. */
export interface RecordedAttempt {
  jobId: number;
  number: number;
  state: 'starting' | 'running';
  containerName: string;
  /** Known once the container was made. */
  containerId: string | null;
  /** When the attempt began, milliseconds since 1970. */
  createdAt: number;
  /** When its container was started. */
  startedAt: number | null;
  cancelRequested: boolean;
  /** Its time limit has passed. */
  timedOut: boolean;
  /** When its time limit passes; absent = it has none. */
  limitEndAt?: number | undefined;
  /** `due`: its time limit is near and it has to be told; `premature`: it was told, and has got more time since. */
  warning?: 'due' | 'premature' | undefined;
  /** This process is carrying out its start right now: hands off. */
  startInFlight: boolean;
}

/** An attempt that has ended but whose container may still be there. */
export interface EndedAttempt {
  jobId: number;
  number: number;
  containerName: string;
  logComplete: boolean;
}

export interface Observed {
  id: string;
  name: string;
  status: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** Milliseconds since 1970; undefined = it never ran. */
  startedAt?: number;
  finishedAt?: number;
  exitCode?: number;
  oomKilled: boolean;
  error?: string;
  /** It is there, but nothing could be learned about it: nothing is done about it either. */
  unreadable?: string;
}

/** True for a container that will do nothing any more unless somebody starts it. */
export function hasEnded({ status }: Pick<Observed, 'status'>): boolean {
  return status === 'exited' || status === 'dead';
}

/** A time in which the engine was not there and after which containers may have been ended by its restart. */
export interface Outage {
  from: number;
  to: number;
}

export type EndOutcome =
  | 'succeeded'
  | 'failed'
  | 'out_of_memory'
  | 'timed_out'
  | 'cancelled'
  | 'start_failed'
  | 'interrupted'
  | 'lost';

export interface Verdict {
  outcome: EndOutcome;
  exitCode: number | null;
  reason: string | null;
}

export type Correction =
  /** It never ran: create (or find) the container of this attempt and start it. */
  | { kind: 'start'; jobId: number; number: number }
  /** It runs (or ran) although the table says starting: the reply of the start was lost. */
  | { kind: 'adopt'; jobId: number; number: number; containerId: string; startedAt: number }
  /** Somebody ended and started its container: another run of the same attempt. */
  | { kind: 'restarted'; jobId: number; number: number; startedAt: number }
  | { kind: 'finish'; jobId: number; number: number; finishedAt: number; verdict: Verdict }
  | { kind: 'stop'; jobId: number; number: number; containerId: string }
  /** Its time limit is near, and it does not know yet; or it was told, and has more time now. */
  | { kind: 'warn'; jobId: number; number: number; containerId: string }
  | { kind: 'unwarn'; jobId: number; number: number }
  /** The attempt is over and its log saved (`remove` if the container is still there). */
  | { kind: 'save-log'; jobId: number; number: number; container: Pick<Observed, 'id' | 'status'> }
  | { kind: 'clear'; jobId: number; number: number; containerId: string | null }
  /** It carries our label but the table does not know it. */
  | { kind: 'stray'; containerId: string; name: string; status: Observed['status'] };

export interface ReconcileInput {
  active: readonly RecordedAttempt[];
  ended: readonly EndedAttempt[];
  /** Names of containers kept on purpose (`remove = no`). */
  isKept(containerName: string): boolean;
  observed: readonly Observed[];
  outages: readonly Outage[];
  now: number;
}

/**
 * Compares recorded with observed.
 * @returns what to correct; empty when both agree. Applying all of it and reconciling again returns nothing new.
 */
export function reconcile(input: ReconcileInput): Correction[] {
  const byName = new Map(input.observed.map((container) => [container.name, container]));
  const corrections = input.active.flatMap((attempt) =>
    correctActive(attempt, byName.get(attempt.containerName), input.outages, input.now),
  );
  for (const attempt of input.ended) corrections.push(...clearEnded(attempt, byName.get(attempt.containerName)));

  const known = new Set([...input.active, ...input.ended].map((attempt) => attempt.containerName));
  for (const container of input.observed) {
    if (known.has(container.name) || input.isKept(container.name)) continue;
    corrections.push({ kind: 'stray', containerId: container.id, name: container.name, status: container.status });
  }
  return corrections;
}

function correctActive(
  attempt: RecordedAttempt,
  container: Observed | undefined,
  outages: readonly Outage[],
  now: number,
): Correction[] {
  if (attempt.startInFlight) return [];
  const { jobId, number } = attempt;
  const finish = (finishedAt: number, verdict: Verdict): Correction => ({
    kind: 'finish',
    jobId,
    number,
    finishedAt,
    verdict,
  });

  if (!container) {
    if (attempt.cancelRequested) return [finish(now, cancelled(null))];
    // Making it again could run the job twice: it may have run before it was removed.
    if (attempt.state === 'starting' && attempt.containerId === null) return [{ kind: 'start', jobId, number }];
    return [finish(now, { outcome: 'lost', exitCode: null, reason: 'its container was removed from outside DoPQ' })];
  }
  if (container.status === 'removing' || container.unreadable !== undefined) return [];
  if (container.startedAt === undefined) {
    if (attempt.cancelRequested) return [finish(now, cancelled(null))];
    if (container.error) {
      // An engine that dies in the middle of a start cannot start that container any more.
      const outcome = outages.some(({ to }) => to >= attempt.createdAt) ? 'interrupted' : 'start_failed';
      return [finish(now, { outcome, exitCode: container.exitCode ?? null, reason: container.error })];
    }
    return [{ kind: 'start', jobId, number }];
  }

  const corrections: Correction[] = [];
  if (attempt.state === 'starting') {
    corrections.push({ kind: 'adopt', jobId, number, containerId: container.id, startedAt: container.startedAt });
  }
  if (hasEnded(container)) {
    corrections.push(finish(container.finishedAt ?? now, verdictOf(container, attempt, outages)));
  } else if (attempt.startedAt !== null && container.startedAt > attempt.startedAt) {
    corrections.push({ kind: 'restarted', jobId, number, startedAt: container.startedAt });
  } else if (attempt.cancelRequested || attempt.timedOut) {
    corrections.push({ kind: 'stop', jobId, number, containerId: container.id });
  } else if (attempt.warning === 'due' && container.status === 'running') {
    corrections.push({ kind: 'warn', jobId, number, containerId: container.id });
  } else if (attempt.warning === 'premature') {
    corrections.push({ kind: 'unwarn', jobId, number });
  }
  return corrections;
}

function clearEnded(attempt: EndedAttempt, container: Observed | undefined): Correction[] {
  const { jobId, number } = attempt;
  if (!container) return [{ kind: 'clear', jobId, number, containerId: null }];
  if (container.unreadable !== undefined) return [];
  const ran = container.startedAt !== undefined;
  // Somebody started it again: it is left alone until it ends, and what it says is kept as well.
  const runsAgain = ran && (container.status === 'running' || container.status === 'paused');
  if (runsAgain || (ran && !attempt.logComplete)) {
    return [{ kind: 'save-log', jobId, number, container: { id: container.id, status: container.status } }];
  }
  return [{ kind: 'clear', jobId, number, containerId: container.id }];
}

/** The engine notes it for any process of a container, not only for the one whose end is the job's. */
const OOM_WARNING =
  'warning: a process in it was killed because the memory limit was reached; look whether its results are whole';

/** Exit codes that an engine leaves when it ends a container for its own restart (also 0, if the job traps TERM). */
const ENGINE_EXIT_CODES: ReadonlySet<number> = new Set([0, 137, 143, 255]);

/**
 * What an ended container means for its job. What we asked for comes first, then what the engine did, then what the job
 * did: an exit inside an engine outage is never read as success.
 */
export function verdictOf(
  container: Pick<Observed, 'exitCode' | 'finishedAt' | 'oomKilled' | 'error'>,
  asked: { cancelRequested: boolean; timedOut: boolean; limitEndAt?: number | undefined },
  outages: readonly Outage[],
): Verdict {
  const exitCode = container.exitCode ?? null;
  const code = exitCode ?? -1;
  const inOutage = outages.some(({ from, to }) => {
    const at = container.finishedAt;
    return at !== undefined && at >= from && at <= to;
  });
  if (asked.cancelRequested) return cancelled(exitCode);
  // One that ended by itself just before its limit is looked at just after it.
  const beforeLimit = (container.finishedAt ?? Infinity) < (asked.limitEndAt ?? -Infinity);
  if (asked.timedOut && !beforeLimit) return { outcome: 'timed_out', exitCode, reason: 'it reached its time limit' };
  if (inOutage && ENGINE_EXIT_CODES.has(code)) {
    return { outcome: 'interrupted', exitCode, reason: 'the Docker Engine restarted while it ran' };
  }
  if (container.oomKilled && code !== 0) {
    return { outcome: 'out_of_memory', exitCode, reason: 'it used more memory than its limit' };
  }
  if (code === 0) return { outcome: 'succeeded', exitCode, reason: container.oomKilled ? OOM_WARNING : null };
  return { outcome: 'failed', exitCode, reason: container.error || explainExit(code) };
}

function cancelled(exitCode: number | null): Verdict {
  return { outcome: 'cancelled', exitCode, reason: 'cancelled' };
}

const SIGNALS: Record<number, string> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  4: 'ILL',
  6: 'ABRT',
  8: 'FPE',
  9: 'KILL',
  11: 'SEGV',
  13: 'PIPE',
  15: 'TERM',
};

/** Shells and engines report death by signal N as 128 + N. */
function explainExit(code: number): string {
  if (code === 126) return 'exit code 126: the command cannot be executed';
  if (code === 127) return 'exit code 127: the command was not found';
  const signal = SIGNALS[code - 128];
  return signal ? `exit code ${code}: ended by signal ${signal}` : `exit code ${code}`;
}
