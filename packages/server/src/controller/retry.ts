// A job once more, as a new one: from the archive that was kept, with other figures if they are wanted.
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { DopqError, type Job, type RetryJob } from '@dopq/contract';
import type { Caller } from './caller.ts';
import type { ControllerDeps } from './deps.ts';
import { archiveOf } from './files.ts';
import { present, recordOf } from './jobs.ts';
import { checkUser, createJob, receive } from './upload.ts';

/**
 * The new job is checked like any other, and what is built already is not built again. One of an array runs alone, in its
 * place of the array, unless all of it is asked for. What was changed for the job itself stays changed.
 * @throws DopqError JOB_NOT_FOUND, JOB_STILL_ACTIVE, ARCHIVE_GONE, USER_NOT_ALLOWED, DISK_FULL
 */
export async function retryJob(deps: ControllerDeps, caller: Caller, { id, changes, array }: RetryJob): Promise<Job> {
  const before = recordOf(deps, id);
  if (before.state !== 'finished') {
    throw new DopqError('JOB_STILL_ACTIVE', `Job #${id} has not ended: it is ${before.state}.`);
  }
  const { file, user } = before;
  checkUser(deps, user);
  const bytes = createReadStream(archiveOf(deps, before));
  const { zipPath, zipBytes } = await receive(deps, bytes, path.extname(file)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new DopqError('ARCHIVE_GONE', `The archive of job #${id} is not kept any more.`);
  });
  const { arrayIndex, arrayCount } = before;
  const place = array || 'count' in changes || arrayIndex === null ? {} : { arrayIndex, arrayCount };
  const all = { ...before.changes, ...changes };
  const job = createJob(deps, caller, { file, user, zipPath, zipBytes, retryOf: id, changes: all, ...place });
  deps.provider.intake(job.id);
  return present(deps, job, deps.queue.view());
}
