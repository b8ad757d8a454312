// How a job learns that its time limit is near: a file in a folder that its container sees, read-only. The folder lies in the
// server's own data, so nothing that a user can change stands between.
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AttemptRecord } from '../store/attempts.ts';
import type { JobRecord } from '../store/jobs.ts';

type Attempt = Pick<AttemptRecord, 'jobId' | 'number'>;

/** Where the container sees the folder, and the file in it. */
export const NOTICE_TARGET = '/run/dopq';
export const NOTICE_FILE = `${NOTICE_TARGET}/notice.json`;

export function noticeFolder(dataDir: string, { jobId, number }: Attempt): string {
  return path.join(dataDir, 'notices', `${jobId}.${number}`);
}

/** Made before the container is; others than the owner may read it, since a job has a uid of its own. */
export async function makeNoticeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
}

/** Appears whole or not at all. */
export async function writeNotice(dataDir: string, attempt: Attempt, endsAt: number): Promise<void> {
  const folder = noticeFolder(dataDir, attempt);
  await makeNoticeFolder(folder);
  const notice = { notice: 'time_limit', job: attempt.jobId, attempt: attempt.number, ends_at: new Date(endsAt) };
  const draft = path.join(folder, '.notice.json');
  await writeFile(draft, `${JSON.stringify(notice)}\n`);
  await chmod(draft, 0o644);
  await rename(draft, path.join(folder, path.basename(NOTICE_FILE)));
}

export async function takeNoticeBack(dataDir: string, attempt: Attempt): Promise<void> {
  await rm(path.join(noticeFolder(dataDir, attempt), path.basename(NOTICE_FILE)), { force: true });
}

export async function removeNotices(dataDir: string, attempt: Attempt): Promise<void> {
  await rm(noticeFolder(dataDir, attempt), { recursive: true, force: true });
}

/**
 * When a job is told of its time limit: so long before as it asks for or the site does, but never before half of it is over.
 * @returns undefined where it has no limit or nobody wants it told
 */
export function warningAt(
  { submission, timeLimitMs }: Pick<JobRecord, 'submission' | 'timeLimitMs'>,
  startedAt: number,
  siteNoticeMs: number | null,
): number | undefined {
  const before = submission?.warnBeforeMs ?? siteNoticeMs;
  if (timeLimitMs === null || before === null) return undefined;
  return startedAt + timeLimitMs - Math.min(before, timeLimitMs / 2);
}
