// What several tables say of a job, said the same everywhere.
import type { Job } from '@dopq/contract';
import { Link } from '@tanstack/react-router';
import { useMe } from '../api/me.ts';
import type { IconName, Tone } from '../words/states.ts';
import { showState } from '../words/states.ts';
import { at, clock, rangeEnd } from '../words/time.ts';
import { You } from './State.tsx';
import { useWords } from './use-now.ts';

/** The one link of a row; the whole row follows it. */
export function JobLink({ job }: { job: Pick<Job, 'id' | 'name'> }) {
  return (
    <Link className="job to" to="/jobs/$id" params={{ id: String(job.id) }} title={job.name}>
      {job.name}
    </Link>
  );
}

export function JobNumber({ id }: { id: number }) {
  return <span className="no">#{id}</span>;
}

export function UserCell({ name }: { name: string }) {
  const me = useMe();
  return (
    <>
      {name || <span className="m3">not known yet</span>}
      {name !== '' && name === me.name && <You />}
    </>
  );
}

/** Whether a row is the viewer's own. */
export function useIsMine(): (user: string) => boolean {
  const { name } = useMe();
  return (user) => name !== null && user === name;
}

/** The symbol and the clause of what a waiting job waits for. */
export function whyOf(job: Job): { icon: IconName; tone: Tone; text: string } {
  const { icon, tone, word } = showState(job);
  return { icon, tone, text: job.reason ?? word };
}

/** What stands where a predicted start would: the time, or what it waits for. Never "unknown". */
export function startWords(job: Job): string {
  if (job.state === 'held') return 'after release';
  if (job.state === 'queued') return job.not_before_at ? `not before` : 'not foreseen';
  return job.state === 'building' ? 'after its build' : 'after its check';
}

export function StartRange({ job }: { job: Job }) {
  const { predicted_start_at: p50, predicted_start_p90_at: p90 } = job;
  const start = useWords((now) => (p50 === null ? '' : startAt(at(p50), now)));
  const end = useWords((now) => (p50 === null || p90 === null ? '' : endAt(at(p50), at(p90), now)));
  if (p50 === null || p90 === null) return <span className="m2">{startWords(job)}</span>;
  return (
    <span title={`P50 ${p50}, P90 ${p90}`}>
      <b>{start}</b>
      {end !== '' && end !== start && `–${end}`}
    </span>
  );
}

const startAt = (p50: number, now: number): string => (p50 - now < 5000 ? 'now' : clock(p50, now));

/** Empty where it is no other time than now. */
function endAt(p50: number, p90: number, now: number): string {
  const end = rangeEnd(Math.max(now, p50), Math.max(now, p90), now);
  return end === clock(now, now) ? '' : end;
}
