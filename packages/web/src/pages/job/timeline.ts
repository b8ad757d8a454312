// The life of a job as seven steps. What was skipped or never came is not shown as done.
import type { Job } from '@dopq/contract';
import type { JobEvent } from '@dopq/contract';
import type { IconName, Tone } from '../../words/states.ts';
import { showOutcome } from '../../words/states.ts';
import { at, clock, duration, rangeEnd, shortDuration } from '../../words/time.ts';

export interface Step {
  name: string;
  icon: IconName;
  tone: Tone;
  time: string;
  detail: string;
  state: 'done' | 'now' | 'next';
  /** How much of the step is behind it, 0 to 1, where that is known. */
  part?: number;
}

const timeOf = (events: readonly JobEvent[], ...kinds: string[]): number | undefined => {
  const event = events.find(({ kind }) => kinds.includes(kind));
  return event && at(event.at);
};

export function stepsOf(job: Job, events: readonly JobEvent[], now: number): Step[] {
  const time = (ms: number | undefined): string => (ms === undefined ? '' : clock(ms, now, { seconds: true }));
  const received = at(job.created_at);
  const queued = job.queued_at === null ? undefined : at(job.queued_at);
  // What passes the check goes on to its build; what is queued has passed it, also where events are gone.
  const checked = timeOf(events, 'building') ?? (queued === undefined ? undefined : received);
  const started = job.started_at === null ? undefined : at(job.started_at);
  const finished = job.finished_at === null ? undefined : at(job.finished_at);
  const step = (name: string, doneAt: number | undefined, isNow: boolean, more: Partial<Step>): Step => {
    const isDone = doneAt !== undefined;
    const state = isNow ? 'now' : isDone ? 'done' : 'next';
    return {
      name,
      state,
      icon: state === 'done' ? 'check' : state === 'now' ? 'run' : 'wait',
      tone: state === 'done' ? 'ok' : state === 'now' ? 'work' : 'rest',
      time: time(doneAt),
      detail: '',
      ...more,
    };
  };
  return [
    step('received', received, job.state === 'receiving', {
      detail: job.source === 'upload' ? 'uploaded' : 'from the share',
    }),
    step('checked', checked, job.state === 'checking', {
      ...(checked !== undefined && { detail: shortDuration(checked - received) }),
      ...(job.state === 'checking' && { icon: 'build' as const }),
    }),
    step('built', queued, job.state === 'building', {
      ...(queued !== undefined && checked !== undefined && { detail: shortDuration(queued - checked) }),
      ...(job.state === 'building' && { icon: 'build' as const, detail: job.reason ?? '' }),
    }),
    step(job.state === 'held' ? 'held' : 'queued', queued, job.state === 'queued' || job.state === 'held', {
      ...(queued !== undefined && { detail: `waited ${duration((started ?? finished ?? now) - queued)}` }),
      ...(job.state === 'queued' && { icon: 'wait' as const, detail: `waits ${duration(now - (queued ?? now))}` }),
      ...(job.state === 'held' && { icon: 'held' as const, tone: 'look' as const, detail: job.reason ?? '' }),
    }),
    step('started', started, job.state === 'starting', {
      ...(job.attempt > 1 && { detail: `attempt ${job.attempt}` }),
      ...(job.state === 'queued' && predicted(job, now)),
    }),
    running(job, started, finished, now, step),
    ending(job, started, finished, now, step),
  ];
}

function predicted({ predicted_start_at: p50, predicted_start_p90_at: p90 }: Job, now: number): Partial<Step> {
  if (p50 === null || p90 === null) return {};
  return {
    time: `~${clock(Math.max(now, at(p50)), now)}`,
    detail: `P90 ${rangeEnd(at(p50), Math.max(now, at(p90)), now)}`,
  };
}

type Make = (name: string, doneAt: number | undefined, isNow: boolean, more: Partial<Step>) => Step;

function running(job: Job, started: number | undefined, finished: number | undefined, now: number, step: Make): Step {
  if (started === undefined) return step('running', undefined, false, {});
  const ran = (finished ?? now) - started;
  const limit = job.time_limit_seconds;
  const words = limit === null ? duration(ran) : `${duration(ran)} of ${duration(limit * 1000)}`;
  return step('running', finished, job.state === 'running', {
    time: words,
    ...(limit !== null && job.state === 'running' && { part: Math.min(1, ran / 1000 / limit) }),
    ...(job.state === 'running' && job.reason !== null && { detail: job.reason }),
  });
}

function ending(job: Job, started: number | undefined, finished: number | undefined, now: number, step: Make): Step {
  if (finished !== undefined) {
    const { icon, tone, word } = showOutcome(job);
    return step(word, finished, false, { icon, tone, detail: job.reason ?? '' });
  }
  const limit = job.time_limit_seconds;
  if (started === undefined || limit === null)
    return step('ends', undefined, false, { detail: limit === null ? 'no time limit' : '' });
  return step('ends', undefined, false, { time: `≤ ${clock(started + limit * 1000, now)}`, detail: 'its time limit' });
}
