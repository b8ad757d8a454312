// Actions: done, told, and everything on the page asked for anew.
import { useState } from 'react';
import { say, sayFailure } from '../parts/toasts.tsx';
import { plural } from '../words/amounts.ts';
import { api } from './client.ts';
import { queryClient } from './queries.ts';

/** Everything shown may have changed. */
export const refresh = (): void => void queryClient.invalidateQueries();

/**
 * Runs an action once at a time.
 * @returns how to run one (what it answers in words is said), and whether one runs. It resolves with true if it went well; a refusal is told in the corner
 */
export function useAction(): [run: (action: () => Promise<unknown>) => Promise<boolean>, isBusy: boolean] {
  const [isBusy, setBusy] = useState(false);
  async function run(action: () => Promise<unknown>): Promise<boolean> {
    setBusy(true);
    try {
      const words = await action();
      if (typeof words === 'string') say(words);
      return true;
    } catch (error) {
      sayFailure(error);
      return false;
    } finally {
      setBusy(false);
      refresh();
    }
  }
  return [run, isBusy];
}

/**
 * Does one thing to each of several jobs; those that are refused are told, the others are done.
 * @throws the first refusal, if none was done
 */
export async function forEachJob(
  jobs: readonly { id: number }[],
  verb: string,
  act: (id: number) => Promise<unknown>,
): Promise<string> {
  const results = await Promise.allSettled(jobs.map(({ id }) => act(id)));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const done = jobs.length - refused.length;
  if (done === 0) throw refused[0];
  for (const reason of refused.slice(0, 3)) sayFailure(reason);
  return `${plural(done, 'job')} ${verb}.`;
}

/** Cancels jobs that wait; what has started meanwhile is left alone and told. */
export async function deleteJobs(ids: number[], reason?: string): Promise<string | undefined> {
  const { deleted, refused } = await api.jobs.delete({ ids, ...(reason && { reason }) });
  for (const { message, fix } of refused.slice(0, 3)) sayFailure(new Error(`${message} ${fix}`));
  return deleted.length === 0 ? undefined : `${plural(deleted.length, 'job')} cancelled.`;
}
