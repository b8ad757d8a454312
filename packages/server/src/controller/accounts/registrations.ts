// People who signed up and wait for an administrator.
import { DopqError, type PendingUser, type Role, type User } from '@dopq/contract';
import type { z } from 'zod';
import { findAccountUid } from '../../users/account-uid.ts';
import type { Caller } from '../caller.ts';
import type { ControllerDeps } from '../deps.ts';
import { addUser, findUser, setRole } from '../users.ts';

export async function listRegistrations({ store }: ControllerDeps): Promise<z.infer<typeof PendingUser>[]> {
  return await Promise.all(
    store.accounts.pendingLogins().map(async ({ user, email, createdAt }) => ({
      user,
      email,
      registered_at: new Date(createdAt).toISOString(),
      account_uid: (await findAccountUid(user)) ?? null,
    })),
  );
}

/** @throws DopqError USER_NOT_FOUND if nobody of that name waits */
export async function approve(
  deps: ControllerDeps,
  caller: Caller,
  { name, role }: { name: string; role?: Role | undefined },
): Promise<User> {
  pendingOf(deps, name);
  return await admit(deps, caller, name, role);
}

/** @throws DopqError USER_NOT_FOUND if nobody of that name waits */
export function reject(deps: ControllerDeps, name: string): { user: string } {
  const { store } = deps;
  return store.transaction(() => {
    const { user } = pendingOf(deps, name);
    store.accounts.removeLogin(user);
    store.accounts.removeCredentials(user, 'session', {});
    return { user };
  });
}

/** Makes a login count, and its owner a user. */
export async function admit(deps: ControllerDeps, caller: Caller, name: string, role: Role | undefined): Promise<User> {
  const { store, clock } = deps;
  const email = store.accounts.findLogin(name)?.email ?? undefined;
  if (!store.users.find(name)) await addUser(deps, caller, { name, email, isKnown: true });
  store.accounts.approveLogin(name, clock.now());
  return role === undefined ? findUser(deps, caller, name) : setRole(deps, caller, { name, role });
}

function pendingOf({ store }: ControllerDeps, name: string) {
  const login = store.accounts.findLogin(name);
  if (login?.approvedAt === null) return login;
  throw new DopqError('USER_NOT_FOUND', `Nobody called "${name}" waits for approval.`, {
    fix: 'See `dopq user pending`.',
  });
}
