// Who looks at the page, and what they may do. The server decides; the page only leaves out what would be refused.
export interface Me {
  name: string | null;
  role: 'user' | 'operator' | 'admin';
}

export function useMe(): Me {
  return { name: null, role: 'admin' };
}

export const isAdmin = ({ role }: Me): boolean => role === 'admin';

export const isOperator = ({ role }: Me): boolean => role !== 'user';

/** Whether they may act on a job of this user. */
export const mayActOn = (me: Me, user: string): boolean => isOperator(me) || me.name === user;
