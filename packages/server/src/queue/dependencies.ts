// Jobs that start after others. Whether they may is read from the table each time; what can never start any more is cancelled.
import type { JobRecord } from '../store/jobs.ts';
import type { Dependency } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { World } from './world.ts';

/** The job it waits for has ended; if that is an array, all of it has. Where only success counts, a failure is never over. */
export function isOver(store: Store, { jobId, condition }: Dependency): boolean {
  return store.jobs
    .membersOf(jobId)
    .every(({ state, outcome }) => state === 'finished' && (condition === 'any' || outcome === 'succeeded'));
}

/**
 * Cancels the jobs that wait for the success of one that did not succeed, and those that wait for these, and so on. A job
 * that runs has got what it waited for.
 */
export function cancelHopeless({ store, clock, log }: Pick<World, 'store' | 'clock' | 'log'>): void {
  // A job depends on earlier ones only, so one walk in the order of their numbers finds them all.
  for (const job of store.jobs.withDependencies()) {
    if (job.state === 'starting' || job.state === 'running' || job.attempt > 0) continue;
    const failed = job.dependsOn.flatMap((dependency) => failureOf(store, dependency))[0];
    if (!failed) continue;
    const reason = `#${failed.id}, whose success it waited for, ${endWords(failed)}`;
    const finishedAt = clock.now();
    const cancelled = store.jobs.change(
      job.id,
      [job.state],
      { state: 'finished', outcome: 'cancelled', reason, finishedAt, cancelActor: 'queue' },
      { actor: 'queue', kind: 'finished', message: `cancelled: ${reason}` },
    );
    if (cancelled) log.info({ job: job.id, user: job.user }, `#${job.id} ${job.name} cancelled: ${reason}`);
  }
}

function failureOf(store: Store, { jobId, condition }: Dependency): JobRecord[] {
  if (condition === 'any') return [];
  return store.jobs.membersOf(jobId).filter(({ state, outcome }) => state === 'finished' && outcome !== 'succeeded');
}

function endWords({ outcome }: JobRecord): string {
  return outcome === 'cancelled' ? 'was cancelled' : `ended: ${(outcome ?? '').replaceAll('_', ' ')}`;
}
