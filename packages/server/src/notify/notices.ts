// From what happened to what people are told. Pure.
import type { NoticeEvent } from '@dopq/contract';
import type { EventRecord } from '../store/events.ts';
import type { JobRecord } from '../store/jobs.ts';

export interface Notice {
  event: NoticeEvent;
  text: string;
  /** The same for the same happening: nobody is told twice. */
  about: string;
}

/** What a user is told of an event of their job; undefined = nothing. */
export function noticeOf(event: Pick<EventRecord, 'kind' | 'seq'>, job: JobRecord): Notice | undefined {
  const title = `#${job.id} ${job.name}`;
  const about = `event ${event.seq}`;
  if (event.kind === 'running') return { event: 'started', text: `${title} has started`, about };
  if (event.kind === 'held') return { event: 'held', text: `${title} is held${because(job.reason)}`, about };
  if (event.kind !== 'finished' || job.outcome === null) return undefined;
  const ended = job.outcome === 'succeeded' || job.outcome === 'cancelled';
  const words = job.outcome.replaceAll('_', ' ');
  return { event: ended ? 'finished' : 'failed', text: `${title}: ${words}${because(job.reason)}`, about };
}

/** The end of a job's time limit comes near. */
export function limitNotice(job: JobRecord, startedAt: number, now: number): Notice | undefined {
  if (job.timeLimitMs === null || now - startedAt < NEAR * job.timeLimitMs) return undefined;
  const left = Math.max(0, Math.round((startedAt + job.timeLimitMs - now) / 60_000));
  return {
    event: 'limit_near',
    text: `#${job.id} ${job.name} is stopped in ${left} min: its time limit is nearly over`,
    about: `limit ${job.id}.${job.attempt}.${job.timeLimitMs}`,
  };
}

const NEAR = 0.9;

/** A predicted start has moved. @param told when the user was last told it would start */
export function movedNotice(job: JobRecord, told: number, p50At: number, movedByMs: number): Notice | undefined {
  if (Math.abs(p50At - told) <= movedByMs) return undefined;
  const way = p50At > told ? 'later' : 'earlier';
  const hours = Math.abs(p50At - told) / 3_600_000;
  return {
    event: 'moved',
    text: `#${job.id} ${job.name} is expected to start ${hours.toFixed(1)} h ${way}, at ${new Date(p50At).toISOString()}`,
    about: `moved ${job.id} ${p50At}`,
  };
}

function because(reason: string | null): string {
  return reason ? `: ${reason}` : '';
}
