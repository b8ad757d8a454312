import { Job, type JobEvent } from '@dopq/contract';
import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { elapsedMs, formatBytes, formatDuration, formatTime } from '../format.ts';
import { parseJobId } from '../job-ids.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { orDash, print, printJson } from '../output.ts';
import { stateCell } from '../states.ts';

export function register(program: Command): void {
  const show = program
    .command('show')
    .description('show everything about one job, and what happened to it')
    .argument('<id>', 'job', parseJobId)
    .addOption(outputOption('table', 'json'))
    .action(async (id: number, own: { output: ListFormat }, command: Command) => {
      const options = { ...own, ...globalOptions(command) };
      await withServer(options, async ({ client }) => {
        const job = await client.jobs.get({ id });
        if (options.output === 'json') printJson(Job, job);
        else print([...describe(job), '', ...(await client.jobs.events({ id })).map(eventLine)].join('\n'));
      });
    });
  withExamples(show, 'dopq show 12', 'dopq show 12 -o json');
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
    ['time limit', job.time_limit_seconds === null ? null : formatDuration(job.time_limit_seconds * 1000)],
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

function wants({ num_gpus, num_slots, memory_bytes, cpus, gpu_models, min_gpu_memory_bytes }: Job): string | null {
  if (num_gpus === null) return null;
  const parts = [`${num_gpus} ${num_gpus === 1 ? 'GPU' : 'GPUs'}`];
  if (num_gpus > 0 && num_slots !== null && num_slots > 1) parts.push(`${num_slots} slots on each`);
  if (gpu_models.length > 0) parts.push(`model ${gpu_models.join(' or ')}`);
  if (min_gpu_memory_bytes !== null) parts.push(`${formatBytes(min_gpu_memory_bytes)} on each GPU`);
  if (memory_bytes !== null) parts.push(`${formatBytes(memory_bytes)} memory`);
  if (cpus !== null && cpus > 0) parts.push(`${cpus} CPUs`);
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
