// A job's log as text, from the files DoPQ keeps: readable after the container is gone, and followed until the job ends.
// Paths come from the database only; nothing a caller sends becomes part of one.
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DopqError, LogQuery, RAW_RIGHTS, RAW_ROUTES } from '@dopq/contract';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { WithoutTimestamps } from '../conventions/run-log.ts';
import type { ControllerDeps } from './deps.ts';
import { recordOf } from './jobs.ts';
import { findTailOffset } from './tail-offset.ts';

const POLL_MS = 200;
/** How long a follower waits for the rest of a log after its job ended: an engine that is down may never deliver it. */
const REST_OF_LOG_MS = 15_000;
const CHUNK_BYTES = 64 * 1024;

const Params = z.object({ id: z.coerce.number().int().positive() });

interface LogFile {
  path: string;
  /** True when nothing more will be written to it. */
  complete: boolean;
  attempt: number;
}

/** One job's run or build log, as it stands at each question. */
interface JobLog {
  find(): LogFile | undefined;
  /** True when no further file will come. */
  isOver(): boolean;
  /** True if nothing had to be done that could be logged. */
  wasSpared?(): boolean;
}

export function addLogRoute(app: FastifyInstance, deps: ControllerDeps): void {
  app.get(RAW_ROUTES.log(':id'), { config: { rights: RAW_RIGHTS.log } }, async (request, reply) => {
    const { id } = Params.parse(request.params);
    const { kind, follow, tail, timestamps } = LogQuery.parse(request.query);
    recordOf(deps, id);
    const log = kind === 'run' ? runLogOf(deps, id) : buildLogOf(deps, id);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    reply.type('text/plain; charset=utf-8').header('x-content-type-options', 'nosniff');
    const part = partOf(request.headers.range);
    if (part && follow === '0' && (kind === 'build' || timestamps === '1')) {
      return (await sayNotYet(reply, log)) ?? (await sendPart(reply, await openNow(log, id, kind), part));
    }
    const chunks = follow === '1' ? followLog(log, tail, gone.signal) : readLog(await openNow(log, id, kind), tail);
    const bytes = Readable.from(chunks, { objectMode: false });
    if (kind === 'build' || timestamps === '1') return reply.send(bytes);
    return reply.send(bytes.compose(new WithoutTimestamps()));
  });
}

/** `bytes=FROM-` or `bytes=FROM-TO`: the one form of a range that is answered; others get everything. */
function partOf(range: string | undefined): { from: number; to: number } | undefined {
  const [, from, to] = /^bytes=(\d{1,15})-(\d{1,15})?$/.exec(range ?? '') ?? [];
  return from === undefined ? undefined : { from: Number(from), to: to === undefined ? Infinity : Number(to) };
}

/** A log that will come is no error to whoever looks at it from its beginning: there is nothing of it yet. */
async function sayNotYet(reply: FastifyReply, log: JobLog): Promise<FastifyReply | undefined> {
  const found = log.find();
  if (!found || found.complete) return undefined;
  const file = await openIfThere(found.path);
  await file?.close();
  return file ? undefined : reply.code(204).header('content-range', 'bytes */0').send();
}

/** A viewer that jumps about in a log of a gigabyte asks for the parts it shows. Bytes are those of the file. */
async function sendPart(
  reply: FastifyReply,
  file: FileHandle,
  { from, to }: { from: number; to: number },
): Promise<FastifyReply> {
  const { size } = await file.stat();
  if (from >= size || to < from) {
    await file.close();
    // Right at the end there is nothing yet; browsers would report 416 as an error each time that a follower looks.
    return reply
      .code(from === size ? 204 : 416)
      .header('content-range', `bytes */${size}`)
      .send();
  }
  const end = Math.min(to, size - 1);
  reply
    .code(206)
    .headers({ 'content-range': `bytes ${from}-${end}/${size}`, 'content-length': String(end - from + 1) });
  return reply.send(file.createReadStream({ start: from, end }));
}

function runLogOf(deps: ControllerDeps, id: number): JobLog {
  return {
    find() {
      const job = recordOf(deps, id);
      const attempt = deps.store.attempts.find(id, job.attempt);
      if (!attempt) return undefined;
      const overdue = job.state === 'finished' && deps.clock.now() - (job.finishedAt ?? 0) > REST_OF_LOG_MS;
      return { path: attempt.logPath, complete: attempt.logComplete || overdue, attempt: attempt.number };
    },
    isOver: () => recordOf(deps, id).state === 'finished',
  };
}

function buildLogOf(deps: ControllerDeps, id: number): JobLog {
  const isOver = () => !['receiving', 'checking', 'building'].includes(recordOf(deps, id).state);
  return {
    find() {
      const path = recordOf(deps, id).buildLog;
      return path === null ? undefined : { path, complete: isOver(), attempt: 0 };
    },
    isOver,
    wasSpared() {
      const { imageId, buildLog } = recordOf(deps, id);
      return imageId !== null && buildLog === null;
    },
  };
}

/** @throws DopqError LOG_NOT_FOUND */
async function openNow(log: JobLog, id: number, kind: 'run' | 'build'): Promise<FileHandle> {
  const found = log.find();
  const file = found && (await openIfThere(found.path));
  if (file) return file;
  if (kind === 'build') {
    if (log.wasSpared?.())
      throw new DopqError(
        'LOG_NOT_FOUND',
        `Job #${id} needed no build: the image with its content was there already.`,
        {
          fix: `\`dopq show ${id}\` names the image.`,
        },
      );
    throw new DopqError('LOG_NOT_FOUND', `Job #${id} has no build log.`);
  }
  if (found) throw new DopqError('LOG_NOT_FOUND', `Job #${id} has no log.`);
  const fix = `\`dopq show ${id}\` says why; \`dopq logs --build ${id}\` shows its build.`;
  throw new DopqError('LOG_NOT_FOUND', `Job #${id} has not started, so it has no log.`, { fix });
}

async function* readLog(file: FileHandle, tail: number | undefined): AsyncGenerator<Buffer> {
  try {
    yield* readFrom(file, tail === undefined ? 0 : await findTailOffset(file, tail));
  } finally {
    await file.close();
  }
}

/** The newest attempt's log and those of any later ones, until no more can come. */
async function* followLog(log: JobLog, tail: number | undefined, gone: AbortSignal): AsyncGenerator<Buffer> {
  let done = -1;
  while (!gone.aborted) {
    // Asked in this order: what comes between the two questions is found in the next round.
    const over = log.isOver();
    const found = log.find();
    if (found && found.attempt !== done) {
      yield* followFile(found, log, done === -1 ? tail : undefined, gone);
      done = found.attempt;
    } else if (over) return;
    else await pause(gone);
  }
}

async function* followFile(
  { path, attempt }: LogFile,
  log: JobLog,
  tail: number | undefined,
  gone: AbortSignal,
): AsyncGenerator<Buffer> {
  let file: FileHandle | undefined;
  let at = 0;
  try {
    while (!gone.aborted) {
      const now = log.find();
      const complete = now?.attempt !== attempt || now.complete;
      if (!file) {
        file = await openIfThere(path);
        if (file && tail !== undefined) at = await findTailOffset(file, tail);
      }
      if (file) {
        for await (const chunk of readFrom(file, at)) {
          at += chunk.length;
          yield chunk;
        }
      }
      if (complete) return;
      await pause(gone);
    }
  } finally {
    await file?.close();
  }
}

async function* readFrom(file: FileHandle, start: number): AsyncGenerator<Buffer> {
  for (let at = start; ; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

async function pause(gone: AbortSignal): Promise<void> {
  await sleep(POLL_MS, undefined, { signal: gone, ref: false }).catch(() => {});
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
