// Waiting for jobs, and what their end means for a script.
import type { Job, JobState } from '@dopq/contract';
import type { Connection } from './connection.ts';
import { EXIT } from './failure.ts';
import { listenForNews, type News } from './news.ts';
import { elapsedMs, formatDuration } from './format.ts';
import { stateCell } from './states.ts';
import { cleanLine } from './terminal-text.ts';

/** Watches a job until it has left these states; calls back when it has moved. Undefined if aborted or out of time. */
export async function waitWhile(
  connection: Connection,
  id: number,
  states: readonly JobState[],
  options: { signal: AbortSignal; onChange?: (job: Job) => unknown },
): Promise<Job | undefined> {
  const { signal, onChange } = options;
  let shown = '';
  let news: News | undefined;
  const stop = () => news?.[Symbol.dispose]();
  signal.addEventListener('abort', stop);
  using ends = new DisposableStack();
  ends.defer(() => signal.removeEventListener('abort', stop));
  ends.defer(stop);
  while (!signal.aborted) {
    const job = await connection.client.jobs.get({ id });
    const line = jobLine(job);
    if (line !== shown) onChange?.(job);
    shown = line;
    if (!states.includes(job.state)) return job;
    news ??= listenForNews(connection);
    await news.next();
  }
  return undefined;
}

/** `#12 hello ✔ succeeded after 3s: exit code 0`. */
export function jobLine(job: Job): string {
  const ranMs = job.state === 'finished' ? elapsedMs(job.started_at, job.finished_at, 0) : undefined;
  const after = ranMs === undefined ? '' : ` after ${formatDuration(ranMs)}`;
  const place = job.position === null ? '' : ` at place ${job.position}`;
  const reason = job.reason === null ? '' : `: ${cleanLine(job.reason)}`;
  return `#${job.id} ${cleanLine(job.name)} ${stateCell(job)}${place}${after}${reason}`;
}

/** The job's own exit code; where it has none, one that says why. */
export function exitCodeOf({ outcome, exit_code }: Pick<Job, 'outcome' | 'exit_code'>): number {
  switch (outcome) {
    case 'succeeded':
      return EXIT.ok;
    case 'timed_out':
      return EXIT.timedOut;
    case 'interrupted':
    case 'lost':
      return EXIT.notItsFault;
    default:
      return exit_code || EXIT.error;
  }
}
