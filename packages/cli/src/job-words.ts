// What a job asks for beside GPUs and memory, in words.
import type { Gpu, Job } from '@dopq/contract';
import { formatDuration } from './format.ts';

/** `2h00m, told 10m00s before with the signal USR1`. */
export function timeLimitWords({
  time_limit_seconds: limit,
  warn_before_seconds: before,
  warn_signal: signal,
}: Job): string | null {
  if (limit === null) return null;
  const told = [
    before === null ? '' : `told ${formatDuration(before * 1000)} before`,
    signal === null ? '' : `with the signal ${signal}`,
  ].filter((part) => part !== '');
  return [formatDuration(limit * 1000), told.join(' ')].filter((part) => part !== '').join(', ');
}

/** `number 1 of the array #12 (20 jobs, at most 4 at once)`. The others of it have numbers of their own, from when it was built. */
export function arrayWords({ array }: Job): string | null {
  if (array === null) return null;
  const most = array.max_parallel === null ? '' : `, at most ${array.max_parallel} at once`;
  return `number ${array.index} of the array #${array.id} (${array.count} jobs${most})`;
}

/** `#12 has succeeded, #13 has ended`: what it waits for, or waited for. */
export function afterWords({ after }: Job): string | null {
  return after
    .map(({ job_id, condition }) => `#${job_id} has ${condition === 'ok' ? 'succeeded' : 'ended'}`)
    .join(', ');
}

export function retryWords({ retries, retry_on: causes }: Job): string | null {
  return retries === 0 ? null : `up to ${retries}, on ${causes.join(', ').replaceAll('_', ' ')}`;
}

/** `on GPU 0,1, 1h20m left`: what there is to say of a running job that has nothing else to say. */
export function runningWords(
  { gpus: used, started_at: from, time_limit_seconds: limit }: Job,
  gpus: readonly Gpu[],
  now: number,
): string {
  const indices = used
    .map((uuid) => gpus.find((gpu) => gpu.uuid === uuid)?.index)
    .filter((index) => index !== undefined);
  const left = from === null || limit === null ? undefined : Date.parse(from) + limit * 1000 - now;
  return [
    ...(indices.length === 0 ? [] : [`on GPU ${indices.toSorted((a, b) => a - b).join(',')}`]),
    ...(left === undefined ? [] : [`${formatDuration(left)} left`]),
  ].join(', ');
}
