// Takes an archive over the API: straight to disk, never more than a chunk in memory, and either the whole job or nothing.
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DopqError, RAW_RIGHTS, RAW_ROUTES, UploadQuery } from '@dopq/contract';
import type { FastifyInstance } from 'fastify';
import type { JobRecord } from '../store/jobs.ts';
import type { ControllerDeps } from './deps.ts';
import { actorOf, type Caller, needRole } from './caller.ts';
import { present } from './jobs.ts';

export function addUploadRoute(app: FastifyInstance, deps: ControllerDeps): void {
  app.put(RAW_ROUTES.upload, { config: { rights: RAW_RIGHTS.upload } }, async (request) => {
    const { caller } = request;
    const { name, user = caller.user ?? undefined } = UploadQuery.parse(request.query);
    if (user !== caller.user) needRole(caller, 'operator', 'To submit for somebody else');
    const file = checkFileName(deps, name);
    if (user !== undefined) checkUser(deps, user);
    checkAnnouncedSize(deps, Number(request.headers['content-length'] ?? 0));
    const { zipPath, zipBytes } = await receive(deps, request.raw, path.extname(file));
    const job = createJob(deps, caller, { file, user, zipPath, zipBytes });
    deps.provider.intake(job.id);
    return present(deps, job, deps.queue.view());
  });
}

/** Removes uploads that were cut off by a crash: files that no job knows of. */
export async function clearIncoming({ config, store, log }: ControllerDeps): Promise<void> {
  const folder = incomingFolder(config.paths.data);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const known = new Set(store.jobs.inStates('receiving', 'checking', 'building').map(({ zipPath }) => zipPath));
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    if (known.has(file)) continue;
    await rm(file, { force: true, recursive: true });
    log.info({ file }, 'removed an upload that was cut off');
  }
}

function incomingFolder(dataDir: string): string {
  return path.join(dataDir, 'incoming');
}

/** The name is for people and for its suffix: it never becomes a path. */
function checkFileName({ config }: ControllerDeps, name: string): string {
  // oxlint-disable-next-line no-control-regex
  if (name !== path.basename(name) || name.startsWith('.') || /[\x00-\x1f\x7f-\x9f/\\]/.test(name)) {
    throw new DopqError('SUBMISSION_INVALID', `"${name}" is no file name.`, {
      fix: 'Give a plain name, like job.zip.',
    });
  }
  const suffixes = [...config.builder.buildSuffixes, ...config.builder.loadSuffixes];
  if (!suffixes.some((suffix) => name.toLowerCase().endsWith(`.${suffix}`))) {
    const known = suffixes.map((suffix) => `.${suffix}`).join(', ');
    throw new DopqError('SUBMISSION_INVALID', `"${name}" has none of the known suffixes ${known}.`, {
      fix: 'Rename the file, or see [builder] build.suffix and load.suffix.',
    });
  }
  return name;
}

/** @throws DopqError USER_NOT_ALLOWED */
export function checkUser({ store }: ControllerDeps, name: string): void {
  const user = store.users.find(name);
  if (!user) {
    throw new DopqError('USER_NOT_ALLOWED', `There is no user "${name}".`, {
      fix: `Add the user: \`dopq user add ${name}\`.`,
    });
  }
  if (user.disabledAt !== null) {
    throw new DopqError('USER_NOT_ALLOWED', `User "${name}" is disabled.`, {
      fix: `\`dopq user enable ${name}\` lets them submit again.`,
    });
  }
}

function checkAnnouncedSize({ config }: ControllerDeps, bytes: number): void {
  if (bytes > config.fetcher.maxUploadBytes) throw tooLarge(config.fetcher.maxUploadBytes);
}

function tooLarge(maxBytes: number): DopqError {
  return new DopqError('UPLOAD_TOO_LARGE', `The archive is larger than the ${maxBytes} bytes that are allowed.`);
}

/** Everything that comes, on disk, where no job knows it yet. @throws DopqError UPLOAD_TOO_LARGE, DISK_FULL, SUBMISSION_INVALID */
export async function receive(
  deps: ControllerDeps,
  body: Readable,
  suffix: string,
): Promise<{ zipPath: string; zipBytes: number }> {
  const folder = incomingFolder(deps.config.paths.data);
  const zipPath = path.join(folder, `${randomUUID()}${suffix}`);
  const counter = countBytes(deps.config.fetcher.maxUploadBytes);
  try {
    await pipeline(body, counter.stream, createWriteStream(zipPath, { flags: 'wx', mode: 0o600, flush: true }));
    await syncFolder(folder);
    if (counter.bytes() === 0) throw new DopqError('SUBMISSION_INVALID', 'The upload has no bytes.');
    return { zipPath, zipBytes: counter.bytes() };
  } catch (error) {
    await rm(zipPath, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new DopqError('DISK_FULL', `No space left in ${folder}.`);
    throw error;
  }
}

function countBytes(maxBytes: number): { stream: Transform; bytes(): number } {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
  });
  return { stream, bytes: () => bytes };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function createJob(
  { store, log }: ControllerDeps,
  caller: Caller,
  upload: {
    file: string;
    user: string | undefined;
    zipPath: string;
    zipBytes: number;
    retryOf?: number;
    changes?: Record<string, unknown>;
    arrayIndex?: number | null;
    arrayCount?: number | null;
  },
): JobRecord {
  const { file, user, zipPath, zipBytes, retryOf = null, changes = {}, arrayIndex = null, arrayCount = null } = upload;
  const job = store.jobs.create(
    {
      user: user ?? '',
      name: path.parse(file).name,
      state: 'receiving',
      source: 'upload',
      inbox: null,
      file,
      zipPlace: 'accepted',
      zipPath,
      zipBytes,
      unverified: false,
      retryOf,
      arrayIndex,
      arrayCount,
      changes: Object.keys(changes).length === 0 ? null : JSON.stringify(changes),
    },
    {
      actor: actorOf(caller),
      kind: 'received',
      message: retryOf === null ? `${file} uploaded, ${zipBytes} bytes` : againWords(retryOf, changes),
    },
  );
  log.info({ jobId: job.id, user: job.user, file, zipBytes }, 'received an upload');
  return job;
}

function againWords(retryOf: number, changes: Record<string, unknown>): string {
  const words = Object.entries(changes).map(([field, value]) => `${field} ${JSON.stringify(value)}`.slice(0, 100));
  return `#${retryOf} once more${words.length > 0 ? ` with ${words.join(', ')}` : ''}`;
}
