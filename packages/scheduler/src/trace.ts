// Work of the past, to be played again: what the simulator is fed with.
import type { Machine, PastRun, QueuedJob, Request, RunningJob } from './snapshot.ts';

/** What a queue knows of a waiting job and a trace of another place does not tell. */
type OwnWishes = Pick<QueuedJob, 'priority' | 'placeAt' | 'nice' | 'ownRank' | 'notBeforeAt' | 'array' | 'after'>;

export interface TraceJob extends Request, OwnWishes {
  /** Its number where it comes from; what other jobs wait for. Default: its position, from 1. */
  id?: number | undefined;
  user: string;
  submittedAt: number;
  /** How long it really ran. */
  runMs: number;
  /** What its user asked for; absent = unknown. */
  requestedMs?: number | undefined;
  /** It left then if it had not started. */
  withdrawnAt?: number | undefined;
  /** When it really started, where that is known. */
  recordedStartAt?: number | undefined;
}

/** What was there when a recorded piece of history begins. */
export interface Beginning {
  at: number;
  history: PastRun[];
  /** With the time at which each really ended. */
  running: (RunningJob & { realEndAt: number })[];
  /** Everyone who has a share. */
  users: string[];
}

export interface Trace {
  machines: Machine[];
  /** In the order of their submission. */
  jobs: TraceJob[];
  /** Absent: at the beginning nothing runs and nobody has a past. */
  beginning?: Beginning | undefined;
  /** Lines that say too little to play them: no run time or no size. */
  unusable: number;
}

export type ParsedTrace = { ok: true; trace: Trace } | { ok: false; reason: string };

/** Stable: jobs submitted at the same moment stay in the order of the file. */
export function inOrderOfSubmission(jobs: TraceJob[]): TraceJob[] {
  return jobs.sort((a, b) => a.submittedAt - b.submittedAt);
}
