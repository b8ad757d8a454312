// Who looks at the page, and what they may do. The server decides; the page only leaves out what would be refused.
import type { Job, WhoAmI } from '@dopq/contract';
import { useQuery } from '@tanstack/react-query';
import { api } from './client.ts';

export interface Me {
  /** Null for nobody in particular, and for root on the admin socket. */
  name: string | null;
  role: WhoAmI['role'];
}

export const useWhoAmI = () =>
  useQuery({ queryKey: ['whoami'], queryFn: () => api.session.whoami(), refetchInterval: 60_000 });

export function useMe(): Me {
  const { data } = useWhoAmI();
  return { name: data?.user ?? null, role: data?.role ?? 'anonymous' };
}

export const isOperator = ({ role }: Me): boolean => role === 'operator' || role === 'admin';

export const isAdmin = ({ role }: Me): boolean => role === 'admin';

/** Whether they may act on a job of this user. */
export const mayActOn = (me: Me, user: string): boolean => isOperator(me) || (me.name !== null && me.name === user);

/** What an operator holds, operators release. */
export const mayRelease = (me: Me, job: Pick<Job, 'user' | 'held_by'>): boolean =>
  mayActOn(me, job.user) && (job.held_by !== 'operator' || isOperator(me));
