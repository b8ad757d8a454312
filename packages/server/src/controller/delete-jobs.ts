// Many waiting jobs cancelled at once. What has started by the time its turn comes is left alone: `cancel` is for that.
import { type Deletion, DopqError } from '@dopq/contract';
import type { Caller } from './caller.ts';
import type { ControllerDeps } from './deps.ts';
import { cancelJob, recordOf } from './jobs.ts';

/** Never fails for one of them: each is deleted or comes back with why not. */
export function deleteJobs(deps: ControllerDeps, caller: Caller, ids: readonly number[], reason?: string): Deletion {
  const answer: Deletion = { deleted: [], refused: [] };
  for (const id of new Set(ids)) {
    try {
      const { state } = recordOf(deps, id);
      if (state === 'starting' || state === 'running') {
        throw new DopqError('JOB_NOT_WAITING', `Job #${id} has started already.`, {
          fix: `\`dopq cancel ${id}\` stops it.`,
        });
      }
      cancelJob(deps, caller, id, reason);
      answer.deleted.push(id);
    } catch (error) {
      if (!(error instanceof DopqError)) throw error;
      answer.refused.push({ id, code: error.code, message: error.message, fix: error.fix });
    }
  }
  return answer;
}
