// From the upload to the queue: the check, the build with its latest line, then place, reason and predicted start.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '@dopq/contract';
import { RAW_ROUTES } from '@dopq/contract/routes';
import type { Connection } from './connection.ts';
import { predictionWords } from './explanation-page.ts';
import { formatDuration } from './format.ts';
import { waitWhile } from './job-end.ts';
import { openStatusLine, type StatusLine } from './status-line.ts';
import { TerminalText } from './terminal-text.ts';

const BEFORE_QUEUE = ['receiving', 'checking', 'building'] as const;
/** The forecast runs beside the queue and is there a moment later. */
const FORECAST_MS = 3000;
const POLL_MS = 200;

/** Waits until a job is built and queued, or has ended. Undefined if aborted. */
export async function watchIntake(connection: Connection, id: number, signal: AbortSignal): Promise<Job | undefined> {
  using status = openStatusLine();
  const built = new AbortController();
  const either = AbortSignal.any([signal, built.signal]);
  const startedAt = performance.now();
  let following: Promise<void> | undefined;
  const job = await waitWhile(connection, id, BEFORE_QUEUE, {
    signal,
    onChange(now) {
      status.show(`#${id} ${now.state}${now.reason === null ? '' : `: ${now.reason}`}`);
      if (now.state === 'building') following ??= showBuild(connection, id, status, startedAt, either);
    },
  });
  built.abort();
  await following;
  return job;
}

/** The last line of the build's log, as it grows; a log that cannot be read is no reason to stop. */
async function showBuild(
  connection: Connection,
  id: number,
  status: StatusLine,
  startedAt: number,
  signal: AbortSignal,
): Promise<void> {
  const [decoder, cleaner] = [new TextDecoder(), new TerminalText()];
  try {
    const body = await connection.read(RAW_ROUTES.log(id), { kind: 'build', follow: '1' }, signal);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      const line = cleaner
        .clean(decoder.decode(chunk, { stream: true }))
        .split(/[\r\n]/)
        .findLast((text) => text.trim() !== '');
      if (line !== undefined) status.show(`#${id} building ${formatDuration(performance.now() - startedAt)}: ${line}`);
    }
  } catch {
    // Aborted because the build is over, or there is no log yet.
  }
}

/** A queued job once its start is predicted, or as it is after a moment. */
export async function withForecast({ client }: Connection, job: Job, signal: AbortSignal): Promise<Job> {
  const until = performance.now() + FORECAST_MS;
  let now = job;
  while (now.state === 'queued' && now.predicted_start_at === null && performance.now() < until && !signal.aborted) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
    now = await client.jobs.get({ id: job.id });
  }
  return now;
}

/** `expected to start in 12m00s (14:10), ...`; empty if nothing is predicted. @param now milliseconds since 1970 */
export function startWords(
  { state, ...predicted }: Pick<Job, 'state' | 'predicted_start_at' | 'predicted_start_p90_at'>,
  now: number,
): string {
  const words = state === 'queued' ? predictionWords(predicted, now) : null;
  return words === null ? '' : `expected to start ${words}`;
}
