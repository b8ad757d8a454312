// `dopq show` as a page: what is known about one job, then what happened to it.
import type { Job, JobEvent } from '@dopq/contract';
import { problemLines } from './problem-lines.ts';
import type { Connection } from './connection.ts';
import { elapsedMs, formatBytes, formatDuration, formatTime } from './format.ts';
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
    ['wants', wants(job)],
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

function wants({
  num_gpus,
  num_slots,
  memory_bytes,
  cpus,
  gpu_models,
  min_gpu_memory_bytes,
  gpu_memory_bytes,
}: Job): string | null {
  if (num_gpus === null) return null;
  const parts = [`${num_gpus} ${num_gpus === 1 ? 'GPU' : 'GPUs'}`];
  if (num_gpus > 0 && num_slots !== null && num_slots > 1) parts.push(`${num_slots} slots on each`);
  if (gpu_models.length > 0) parts.push(`model ${gpu_models.join(' or ')}`);
  if (min_gpu_memory_bytes !== null) parts.push(`at least ${formatBytes(min_gpu_memory_bytes)} on each GPU`);
  if (gpu_memory_bytes !== null) parts.push(`${formatBytes(gpu_memory_bytes)} of each GPU's memory`);
  if (memory_bytes !== null) parts.push(`${formatBytes(memory_bytes)} memory`);
  if (cpus !== null && cpus > 0) parts.push(`${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}`);
  return parts.join(', ');
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
