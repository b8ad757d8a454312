import type { Job } from '@dopq/contract';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { mayActOn, useMe } from '../../api/me.ts';

export type Direction = 'first' | 'earlier' | 'later';

/** Reorders a user's own queued jobs; nobody else's place changes. */
export function useMove(waiting: Job[]): (job: Job, direction: Direction) => void {
  const me = useMe();
  const [run] = useAction();
  return (job, direction) => {
    if (job.state !== 'queued' || !mayActOn(me, job.user)) return;
    const own = waiting.filter(({ user, state }) => user === job.user && state === 'queued');
    const at = own.findIndex(({ id }) => id === job.id);
    const anchor = own[direction === 'later' ? at + 1 : at - 1];
    if (!anchor) return;
    const to = direction === 'later' ? 'after' : 'before';
    void run(async () => {
      await api.jobs.move(
        direction === 'first' ? { ids: [job.id], to: 'first' } : { ids: [job.id], to, anchor: anchor.id },
      );
      return direction === 'first'
        ? `#${job.id} is the first of ${job.user} now.`
        : `#${job.id} goes ${to} #${anchor.id} now.`;
    });
  };
}
