// What a Provider is told to do about jobs that it has not seen yet, or an earlier one left undone: read from the table.
import type { JobRecord } from '../store/jobs.ts';
import type { Store } from '../store/store.ts';
import type { Disposal, ResumeJob } from './protocol.ts';

/** Jobs to go on with, and archives that are to go where they belong. */
export function openWork(store: Store): { jobs: ResumeJob[]; disposals: Disposal[] } {
  const unfinished = store.jobs.inStates('receiving', 'checking', 'building');
  const { submissions } = store;
  const misplaced = [
    ...submissions.withZipIn('inbox', 'cancelled'),
    ...submissions.withZipIn('inbox', 'rejected'),
    ...submissions.withZipIn('accepted', 'rejected'),
    ...submissions.withZipIn('accepted', 'build_failed'),
  ];
  return {
    jobs: unfinished.flatMap((job) => resumeOf(store, job) ?? []),
    disposals: misplaced.flatMap((job) => disposalOf(job) ?? []),
  };
}

/**
 * Where to go on with a job; of an array whose image has to be made again, from the archive of the first.
 * @returns undefined if there is nothing more for a Provider to do
 */
export function resumeOf({ jobs }: Pick<Store, 'jobs'>, job: JobRecord): ResumeJob | undefined {
  const { id: jobId, state, source, user, inbox, file, identity } = job;
  if (state !== 'receiving' && state !== 'checking' && state !== 'building') return undefined;
  const { zipPath, zipSha256: sha256 } = jobs.archiveHolder(job);
  return { jobId, state, source, user, inbox, file, identity, zipPath, sha256 };
}

/** Where the archive of a job that came to nothing belongs; undefined if it is there. */
export function disposalOf({ id: jobId, outcome, zipPath, zipPlace, inbox, file }: JobRecord): Disposal | undefined {
  if (zipPlace === 'inbox') return { jobId, zipPath: null, inbox, file, to: 'invalid' };
  if (zipPlace !== 'accepted' || zipPath === null) return undefined;
  if (outcome === 'rejected') return { jobId, zipPath, inbox, file, to: 'invalid' };
  return outcome === 'build_failed' ? { jobId, zipPath, inbox, file, to: 'failed' } : undefined;
}
