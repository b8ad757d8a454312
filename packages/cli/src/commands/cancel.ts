import type { Job } from '@dopq/contract';
import type { Command } from 'commander';
import { withEachJob } from '../each-job.ts';
import { SELECTOR_HELP } from '../job-selectors.ts';
import { withExamples } from '../options.ts';

export function define(cancel: Command): void {
  cancel
    .argument('<job...>', SELECTOR_HELP)
    .option('-r, --reason <text>', 'why; shown with the job')
    .option('-A, --array', 'each with all jobs of its array')
    .action((jobs: string[], { reason, array = false }: { reason?: string; array?: boolean }, command: Command) =>
      withEachJob(
        command,
        jobs,
        (client, id) => client.jobs.cancel({ id, reason, array }),
        (job) => endWords(job, array),
      ),
    );
  withExamples(
    cancel,
    'dopq cancel 12',
    'dopq cancel last',
    'dopq cancel 12-14,20 --reason "wrong data"',
    'dopq cancel --array 20',
  );
}

function endWords({ state, array }: Job, whole: boolean): string {
  const all = whole && array ? `and all ${array.count} jobs of the array #${array.id}: ` : '';
  return `${all}${state === 'finished' ? 'cancelled' : 'is being stopped'}`;
}
