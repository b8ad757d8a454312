// Work of the past, to be played again: what the simulator is fed with.
import type { Machine, Request } from './snapshot.ts';

export interface TraceJob extends Request {
  user: string;
  submittedAt: number;
  /** How long it really ran. */
  runMs: number;
  /** What its user asked for; absent = unknown. */
  requestedMs?: number | undefined;
}

export interface Trace {
  machines: Machine[];
  /** In the order of their submission. */
  jobs: TraceJob[];
  /** Lines that say too little to play them: no run time or no size. */
  unusable: number;
}

export type ParsedTrace = { ok: true; trace: Trace } | { ok: false; reason: string };

/** Stable: jobs submitted at the same moment stay in the order of the file. */
export function inOrderOfSubmission(jobs: TraceJob[]): TraceJob[] {
  return jobs.sort((a, b) => a.submittedAt - b.submittedAt);
}
