import type { Job } from '@dopq/contract';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { mayActOn, useMe } from '../../api/me.ts';

export type Direction = 'first' | 'earlier' | 'later';

export interface Moves {
  /** One step among the jobs of its user, or to the front of them. */
  step: (job: Job, direction: Direction) => void;
  /** Beside another job of the same user. */
  place: (job: Job, side: 'before' | 'after', anchor: number) => void;
}

/** Reorders a user's own queued jobs; nobody else's place changes. */
export function useMove(waiting: Job[]): Moves {
  const me = useMe();
  const [run] = useAction();
  const place: Moves['place'] = ({ id }, side, anchor) =>
    void run(async () => {
      await api.jobs.move({ ids: [id], to: side, anchor });
      return `#${id} goes ${side} #${anchor} now.`;
    });
  const step: Moves['step'] = (job, direction) => {
    if (job.state !== 'queued' || !mayActOn(me, job.user)) return;
    const own = waiting.filter(({ user, state }) => user === job.user && state === 'queued');
    const at = own.findIndex(({ id }) => id === job.id);
    const anchor = own[direction === 'later' ? at + 1 : at - 1];
    if (!anchor) return;
    if (direction !== 'first') return place(job, direction === 'later' ? 'after' : 'before', anchor.id);
    void run(async () => {
      await api.jobs.move({ ids: [job.id], to: 'first' });
      return `#${job.id} is the first of ${job.user} now.`;
    });
  };
  return { step, place };
}
