// What a job left behind, for those who may have it: its archive as it was submitted, and its user's output files.
import path from 'node:path';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import {
  type Changes,
  DopqError,
  type FileList,
  FileQuery,
  type JobConfig,
  RAW_RIGHTS,
  RAW_ROUTES,
} from '@dopq/contract';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { OUTPUT_TARGET } from '../conventions/output-target.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { ControllerDeps } from './deps.ts';
import { listInside, NotInside, openFileInside } from './inside-folder.ts';
import { recordOf } from './jobs.ts';

const Params = z.object({ id: z.coerce.number().int().positive() });

export function addFileRoutes(app: FastifyInstance, deps: ControllerDeps): void {
  app.get(RAW_ROUTES.archive(':id'), { config: { rights: RAW_RIGHTS.archive } }, async (request, reply) => {
    const job = recordOf(deps, Params.parse(request.params).id);
    const file = await open(archiveOf(deps, job), constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => {
      throw archiveGone(job);
    });
    const { size } = await file.stat();
    return sendAs(reply, job.file, size).send(file.createReadStream());
  });
  app.get(RAW_ROUTES.file(':id'), { config: { rights: RAW_RIGHTS.file } }, async (request, reply) => {
    const job = recordOf(deps, Params.parse(request.params).id);
    const query = FileQuery.parse(request.query);
    const { file, stats } = await openFileInside(outputFolderOf(deps, job), query.path).catch((error: unknown) => {
      throw notFound(error, query.path);
    });
    return sendAs(reply, path.basename(query.path), stats.size).send(
      file.createReadStream({ end: Math.max(0, stats.size - 1) }),
    );
  });
}

/** File systems date by a clock that lags behind, some by whole seconds. */
const COARSE_MS = 2000;

/** @throws DopqError JOB_NOT_FOUND, FILE_NOT_FOUND */
export async function listFiles(deps: ControllerDeps, id: number, folder: string): Promise<FileList> {
  const job = recordOf(deps, id);
  const { entries, more } = await listInside(outputFolderOf(deps, job), folder).catch((error: unknown) => {
    throw notFound(error, folder);
  });
  // Not when it was seen to run: by then a quick job has written everything.
  const begunAt = deps.store.attempts.find(job.id, 1)?.createdAt ?? job.startedAt ?? undefined;
  const shown = entries.map(({ name, stats }) => ({
    name,
    kind: stats.isDirectory() ? ('folder' as const) : stats.isFile() ? ('file' as const) : ('other' as const),
    bytes: stats.isFile() ? stats.size : 0,
    modified_at: stats.mtime.toISOString(),
    since_start: begunAt !== undefined && stats.mtimeMs >= begunAt - COARSE_MS,
  }));
  const isFolder = ({ kind }: { kind: string }) => Number(kind !== 'folder');
  return { entries: shown.toSorted((a, b) => isFolder(a) - isFolder(b)), more };
}

/** What the job was submitted with. Of an array the first job has it. @throws DopqError JOB_NOT_FOUND */
export function readJobConfig(deps: ControllerDeps, id: number): JobConfig {
  const job = recordOf(deps, id);
  return { config: deps.store.configs.find(job.arrayId ?? id) ?? null, changes: (job.changes ?? {}) as Changes };
}

/**
 * Where DoPQ keeps the archive of a job; all of an array have one. What lies in an inbox again belongs to its user and may be anything.
 * @throws DopqError ARCHIVE_GONE
 */
export function archiveOf({ store }: Pick<ControllerDeps, 'store'>, one: JobRecord): string {
  const job = store.jobs.archiveHolder(one);
  const isOurs = job.zipPlace === 'accepted' || job.zipPlace === 'failed';
  if (!isOurs || job.zipPath === null) throw archiveGone(job);
  return job.zipPath;
}

function archiveGone({ id, file, zipPlace }: JobRecord): DopqError {
  if (zipPlace === 'inbox' || zipPlace === 'invalid') {
    return new DopqError('ARCHIVE_GONE', `The archive of job #${id} is in its user's inbox, not here.`, {
      fix: `It is ${zipPlace === 'inbox' ? file : `invalid/${file}`} there.`,
    });
  }
  return new DopqError('ARCHIVE_GONE', `The archive of job #${id} is not kept any more.`);
}

/** @throws DopqError FILE_NOT_FOUND if jobs here have no output folder */
function outputFolderOf({ config }: ControllerDeps, { user }: JobRecord): string {
  const mount = config.docker.mounts.find(({ target }) => target === OUTPUT_TARGET);
  if (mount && user !== '') return path.join(mount.source, user);
  throw new DopqError('FILE_NOT_FOUND', 'Jobs here have no output folder.', {
    fix: 'An administrator can mount one at /outdir: [docker] mount.volumes.',
  });
}

function notFound(error: unknown, what: string): unknown {
  return error instanceof NotInside
    ? new DopqError('FILE_NOT_FOUND', `There is no ${what || 'output folder'} of that user.`)
    : error;
}

/** As a file to be saved, whatever its name and its bytes would make a browser do. */
function sendAs(reply: FastifyReply, name: string, size: number): FastifyReply {
  return reply
    .type('application/octet-stream')
    .header('content-length', size)
    .header('x-content-type-options', 'nosniff')
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
}
