// What the end of an attempt means for its job: it ends too, or it waits for another attempt where its user asked for that.
import type { Submission } from '@dopq/contract';
import type { AttemptEnd, AttemptRecord } from '../store/attempts.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { World } from './world.ts';

/** @returns undefined if the job had moved on */
export function endAttempt(
  { store, log }: Pick<World, 'store' | 'log'>,
  attempt: AttemptRecord,
  end: AttemptEnd,
): JobRecord | undefined {
  const before = store.jobs.get(attempt.jobId);
  const words = `${end.outcome}${end.reason ? `: ${end.reason}` : ''}`;
  if (before.cancelRequestedAt === null && mayTryAgain(before.submission, attempt.number, end)) {
    // It keeps its place where it ended through no fault of its own.
    const isOwnEnd = end.outcome !== 'interrupted' && end.outcome !== 'lost';
    const queuedAt = isOwnEnd ? store.waitingLine.end() : (before.queuedAt ?? before.createdAt);
    const job = store.attempts.retry(attempt, end, queuedAt);
    if (job) {
      const left = (before.submission?.retries ?? 0) - attempt.number;
      log.info(
        { job: job.id, user: job.user, outcome: end.outcome },
        `#${job.id} ${job.name}, attempt ${attempt.number}: ${words}; it is tried again (${left} left after that)`,
      );
    }
    return job;
  }
  const job = store.attempts.finish(attempt, end);
  if (job) {
    const facts = { job: job.id, user: job.user, outcome: end.outcome, exitCode: end.exitCode };
    log.info(facts, `#${job.id} ${job.name} ${words}`);
  }
  return job;
}

/**
 * @param attempts how many there were
 */
export function mayTryAgain(
  submission: Pick<Submission, 'retries' | 'retryOn'> | null,
  attempts: number,
  { outcome, exitCode }: Pick<AttemptEnd, 'outcome' | 'exitCode'>,
): boolean {
  const { retries = 0, retryOn = [] } = submission ?? {};
  if (attempts > retries) return false;
  return retryOn.some((cause) => cause === outcome || (outcome === 'failed' && cause === exitCode));
}
