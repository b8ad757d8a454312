// DoPQ 1.0's penalty: who ran a container lately waits, the one before counts e times less, and so on by position.
// Running jobs do not count, as in 1.0. Names are compared exactly; 1.0 never penalised users with upper-case names.
import type { PastRun } from './snapshot.ts';

/** The order in which positions are counted: by the end of the run. */
export const newestFirst = (a: PastRun, b: PastRun): number =>
  b.finishedAt - a.finishedAt || b.startedAt - a.startedAt || b.id - a.id;

/**
 * The penalty of each user in the history: the sum of e^-i over the positions i = 0, 1, 2 ... (newest first) that are theirs.
 * @returns a number below 1.582 per user; users without a past run are absent (0)
 */
export function recencyPenalties(history: readonly PastRun[]): Map<string, number> {
  const penalties = new Map<string, number>();
  [...history].sort(newestFirst).forEach((run, position) => {
    penalties.set(run.user, (penalties.get(run.user) ?? 0) + Math.exp(-position));
  });
  return penalties;
}
