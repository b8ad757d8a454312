import type { Job } from '@dopq/contract';
import { type Dopq, waitFor } from '@dopq/testbed';
import { say } from './say.ts';

/**
 * Says each change of state as it happens, until every job has ended.
 * @param count how many jobs there will be
 * @param interlude called once, when one of them waits for its turn while others run
 * @returns the jobs, oldest first
 */
export async function followJobs(
  stage: Dopq,
  count: number,
  interlude?: (waiting: Job) => Promise<void>,
): Promise<Job[]> {
  let next = interlude;
  const seen = new Map<number, string>();
  let jobs: Job[] = [];
  await waitFor(
    async () => {
      jobs = (await stage.client.jobs.list({ scope: 'all' })).sort((a, b) => a.id - b.id);
      for (const job of jobs) {
        const now = describe(job);
        if (seen.get(job.id) === now) continue;
        seen.set(job.id, now);
        say(`#${job.id} ${job.user.padEnd(5)} ${job.file.padEnd(18)} ${now}`);
      }
      const waiting = jobs.find((job) => job.state === 'queued' && job.predicted_start_at !== null);
      if (waiting && next && jobs.some((job) => job.state === 'running')) {
        const play = next;
        next = undefined;
        await play(waiting);
      }
      return jobs.length === count && jobs.every((job) => job.state === 'finished');
    },
    { timeoutMs: 180_000, intervalMs: 50, message: `${count} jobs to end` },
  );
  return jobs;
}

function describe(job: Job): string {
  const state = job.outcome ?? job.state;
  const exit = job.exit_code === null ? '' : ` (exit ${job.exit_code})`;
  const reason = job.reason ? `: ${job.reason.split('\n')[0]}` : '';
  const gpus = job.gpus.length > 0 && job.state === 'running' ? ` on ${job.gpus.length} GPUs` : '';
  return `${state}${exit}${gpus}${reason}`;
}
