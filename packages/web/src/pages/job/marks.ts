// Where in its charts a job began, was warned, has its limit and ended.
import type { Job, JobEvent } from '@dopq/contract';
import { showOutcome } from '../../words/states.ts';
import { at } from '../../words/time.ts';

export interface Mark {
  /** Unix time, seconds. */
  at: number;
  word: string;
}

/** From this part of its limit on, the limit is in the picture. */
const NEAR = 0.5;

/**
 * @param now milliseconds since 1970
 * @returns marks in the order of time, and from where to where the charts go; undefined before the start
 */
export function marksOf(
  job: Job,
  events: readonly JobEvent[],
  now: number,
): { marks: Mark[]; range: [from: number, to: number] | undefined } {
  if (job.started_at === null) return { marks: [], range: undefined };
  const start = at(job.started_at);
  const end = job.finished_at === null ? undefined : at(job.finished_at);
  const limit = job.time_limit_seconds === null ? undefined : start + job.time_limit_seconds * 1000;
  const until = end ?? now;
  const showsLimit =
    limit !== undefined && (end === undefined ? until - start >= NEAR * (limit - start) : limit <= end);
  const warned = events.findLast(({ kind, at: time }) => kind === 'warned' && at(time) >= start);
  const marks = [
    { at: start, word: job.attempt > 1 ? `start ${job.attempt}` : 'start' },
    ...(warned ? [{ at: at(warned.at), word: 'warned' }] : []),
    ...(showsLimit ? [{ at: limit, word: 'limit' }] : []),
    ...(end === undefined ? [] : [{ at: end, word: showOutcome(job).word }]),
  ];
  const to = showsLimit && end === undefined ? Math.max(until, limit) : until;
  return {
    marks: marks.map(({ at: ms, word }) => ({ at: Math.round(ms / 1000), word })),
    // Whole minutes: the picture is not drawn anew each second.
    range: [Math.floor(start / 1000), end === undefined ? Math.ceil(to / 60_000) * 60 : Math.ceil(to / 1000)],
  };
}
