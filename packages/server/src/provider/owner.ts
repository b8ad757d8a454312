// Whose job is it? The inbox decides; only an archive that came without one speaks for itself.
import type { Problem } from '@dopq/contract';
import type { JobRecord } from '../store/jobs.ts';

export type Owner = { ok: true; user: string; notes: string[] } | { ok: false; problem: Problem };

/**
 * @param claimed `executor_name` of the archive
 * @param standing what the server knows of a user
 */
export function decideOwner(
  job: Pick<JobRecord, 'user' | 'file' | 'source'>,
  claimed: string | undefined,
  standing: (user: string) => 'known' | 'disabled' | 'unknown',
): Owner {
  const user = job.user === '' ? (claimed ?? '') : job.user;
  const state = standing(user);
  if (state !== 'known') return { ok: false, problem: refusal(job.file, user, state) };
  const notes: string[] = [];
  if (claimed !== undefined && claimed !== user) {
    const decider = job.source === 'share' ? 'the inbox' : 'the sender';
    notes.push(`executor_name says ${claimed}; ${decider} decides: it is the job of ${user}`);
  }
  return { ok: true, user, notes };
}

function refusal(file: string, user: string, state: 'disabled' | 'unknown'): Problem {
  return {
    file,
    field: '',
    rule: 'the folder of a user of DoPQ, or an executor_name that is one',
    message: state === 'disabled' ? `the user ${user} is disabled` : `there is no user ${user || '(nobody was named)'}`,
    fix:
      state === 'disabled'
        ? `Ask the administrator to run "dopq user enable ${user}", then drop the archive again.`
        : `Ask the administrator to run "dopq user add ${user || 'NAME'}", then drop the archive again.`,
  };
}
