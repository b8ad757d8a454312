// Many waiting jobs cancelled at once. What has started by the time its turn comes is left alone: `cancel` is for that.
import { type Deletion, DopqError } from '@dopq/contract';
import type { Caller } from './caller.ts';
import type { ControllerDeps } from './deps.ts';
import type { JobRecord } from '../store/jobs.ts';
import { endJob, forgetJobs, recordOf } from './jobs.ts';

/** Never fails for one of them: each is deleted or comes back with why not. */
export function deleteJobs(deps: ControllerDeps, caller: Caller, ids: readonly number[], reason?: string): Deletion {
  const answer: Deletion = { deleted: [], refused: [] };
  deps.store.transaction(() => {
    for (const id of new Set(ids)) {
      try {
        refuseStarted(recordOf(deps, id));
        endJob(deps, caller, id, reason);
        answer.deleted.push(id);
      } catch (error) {
        if (!(error instanceof DopqError)) throw error;
        answer.refused.push({ id, code: error.code, message: error.message, fix: error.fix });
      }
    }
  });
  forgetJobs(deps, answer.deleted);
  return answer;
}

function refuseStarted({ id, state }: JobRecord): void {
  if (state !== 'starting' && state !== 'running') return;
  throw new DopqError('JOB_NOT_WAITING', `Job #${id} has started already.`, { fix: `\`dopq cancel ${id}\` stops it.` });
}
