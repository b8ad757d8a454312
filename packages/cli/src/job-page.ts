// `dopq show` as a page: what is known about one job, then what happened to it.
import type { Job, JobEvent } from '@dopq/contract';
import { needWords } from '@dopq/contract/needs';
import { problemLines } from './problem-lines.ts';
import type { Connection } from './connection.ts';
import { elapsedMs, formatDuration, formatTime } from './format.ts';
import { afterWords, arrayWords, retryWords, timeLimitWords } from './job-words.ts';
import { orDash } from './output.ts';
import { stateCell } from './states.ts';

export async function jobPage(client: Connection['client'], id: number): Promise<string> {
  const [job, events] = await Promise.all([client.jobs.get({ id }), client.jobs.events({ id })]);
  return [...describe(job), ...problemLines(job), '', ...events.map(eventLine)].join('\n');
}

function describe(job: Job): string[] {
  const ranMs = elapsedMs(job.started_at, job.finished_at, Date.now());
  const facts: [string, string | null | undefined][] = [
    ['job', `#${job.id} ${job.name}`],
    ['user', `${job.user}${job.unverified ? ' (unverified: only the file says so)' : ''}`],
    ['state', undefined],
    ['reason', job.reason],
    ['place', job.position?.toString()],
    ['exit code', job.exit_code?.toString()],
    ['wants', needWords(job)],
    ['time limit', timeLimitWords(job)],
    ['array', arrayWords(job)],
    ['after', afterWords(job)],
    ['retries', retryWords(job)],
    ['priority', job.priority === 0 ? null : String(job.priority)],
    ['nice', job.nice === 0 ? null : String(job.nice)],
    ['GPUs', job.gpus.join(', ')],
    ['container', job.container_name],
    ['image', job.image],
    ['file', `${job.file} (${job.source})`],
    ['attempt', job.attempt === 0 ? null : String(job.attempt)],
    ['created', time(job.created_at)],
    ['not before', time(job.not_before_at)],
    ['queued', time(job.queued_at)],
    ['starts', startWords(job)],
    ['started', time(job.started_at)],
    ['finished', time(job.finished_at)],
    ['run time', ranMs === undefined ? null : formatDuration(ranMs)],
    ['log', job.log],
    ['build log', job.build_log],
    ...job.notes.map((note): [string, string] => ['note', note]),
  ];
  return facts.flatMap(([label, value]) => {
    if (label === 'state') return [`${label.padEnd(11)}${stateCell(job)}`];
    return value === null || value === undefined || value === '' ? [] : [`${label.padEnd(11)}${orDash(value)}`];
  });
}

function startWords({ predicted_start_at: p50, predicted_start_p90_at: p90 }: Job): string | null {
  if (p50 === null || p90 === null) return null;
  return p50 === p90 ? `about ${formatTime(p50)}` : `about ${formatTime(p50)}, probably by ${formatTime(p90)}`;
}

function time(instant: string | null): string | null {
  return instant === null ? null : formatTime(instant);
}

function eventLine({ at, actor, message }: JobEvent): string {
  return `${formatTime(at)}  ${orDash(actor).padEnd(9)} ${orDash(message)}`;
}
