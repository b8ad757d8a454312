import type { Job } from '@dopq/contract';
import { type Dopq, waitFor } from '@dopq/testbed';
import { say } from './say.ts';

/** Says each change of state as it happens, until every job has ended. @returns the jobs, oldest first */
export async function followJobs(stage: Dopq, count: number): Promise<Job[]> {
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
