// Signing in and out: a password for a cookie.
import { DopqError, type SignIn, type WhoAmI } from '@dopq/contract';
import type { z } from 'zod';
import type { LoginRecord } from '../../store/accounts.ts';
import { type Caller, hasRole } from '../caller.ts';
import type { CallContext } from '../context.ts';
import type { ControllerDeps } from '../deps.ts';
import { addressKey } from './limiter.ts';
import { verifyPassword } from './passwords.ts';
import { hashSecret, makeSecret } from './secrets.ts';

/** A session ends so long after its last use, and in any case so long after its beginning. */
export const IDLE_MS = 14 * 86_400_000;
export const LIFE_MS = 90 * 86_400_000;

export function whoAmI({ config, accounts }: ControllerDeps, caller: Caller): WhoAmI {
  return {
    user: caller.user,
    role: caller.role,
    how: caller.how,
    scope: caller.credential?.kind === 'token' ? caller.credential.scope : null,
    registration: config.controller.registration,
    needs_first_admin: accounts.setupCode() !== null,
  };
}

/** @throws DopqError SIGN_IN_FAILED, RATE_LIMITED, ACCOUNT_DISABLED, TOO_BUSY */
export async function signIn(deps: ControllerDeps, context: CallContext, given: z.infer<typeof SignIn>) {
  const login = await checkPassword(deps, context.caller, given);
  return whoAmI(deps, startSession(deps, context, login.user));
}

export function signOut(deps: ControllerDeps, context: CallContext): WhoAmI {
  const { caller } = context;
  if (caller.credential?.kind === 'session' && caller.user !== null) {
    deps.store.accounts.removeCredentials(caller.user, 'session', { id: caller.credential.id });
  }
  context.setCookie(null);
  return whoAmI(deps, { user: null, role: 'anonymous', how: 'nothing', from: caller.from });
}

/**
 * The login that a name and a password belong to. A name that nobody has takes as long and gets the same answer.
 * @throws DopqError SIGN_IN_FAILED, RATE_LIMITED, ACCOUNT_DISABLED, TOO_BUSY
 */
export async function checkPassword(
  { store, accounts, log }: ControllerDeps,
  { from }: Caller,
  { user, password }: z.infer<typeof SignIn>,
): Promise<LoginRecord> {
  // Counted before the hash, so that tries side by side count too.
  const forgive = [accounts.limits.address.count(addressKey(from)), accounts.limits.account.count(user.toLowerCase())];
  const login = store.accounts.findLogin(user);
  if (!(await verifyPassword(login?.password, password)) || !login) {
    log.info({ from, user }, 'a sign-in failed');
    throw new DopqError('SIGN_IN_FAILED', 'User name or password is wrong.');
  }
  for (const undo of forgive) undo();
  if ((store.users.find(login.user)?.disabledAt ?? null) !== null) {
    throw new DopqError('ACCOUNT_DISABLED', `The account "${login.user}" is disabled.`);
  }
  return login;
}

/** Gives the browser a session of that user. */
export function startSession(deps: ControllerDeps, context: CallContext, user: string): Caller {
  const { store, clock } = deps;
  const now = clock.now();
  const secret = makeSecret();
  const expiresAt = now + IDLE_MS;
  const { from } = context.caller;
  const used = { usedAt: now, usedFrom: from, expiresAt };
  const hash = hashSecret(secret);
  const { id } = store.transaction(() => {
    store.accounts.removeExpired(now);
    const session = { kind: 'session', user, hash, name: context.browser, scope: 'all' } as const;
    return store.accounts.addCredential({ ...session, createdAt: now, ...used });
  });
  context.setCookie(secret);
  return { user, role: roleOf(deps, user), how: 'session', from, credential: { id, kind: 'session', scope: 'all' } };
}

/** What a user may now. */
export function roleOf({ store }: ControllerDeps, user: string): Caller['role'] {
  const login = store.accounts.findLogin(user);
  if (login && login.approvedAt === null) return 'pending';
  return store.users.find(user)?.role ?? 'pending';
}

/**
 * Whose things are meant. Administrators may mean somebody else's.
 * @throws DopqError ROLE_NEEDED; BAD_REQUEST if the admin socket does not say
 */
export function whose(caller: Caller, user: string | undefined): string {
  if (user === undefined || user === caller.user) return ownUser(caller);
  if (hasRole(caller, 'admin')) return user;
  throw new DopqError('ROLE_NEEDED', `What belongs to ${user} is for ${user} and for administrators.`);
}

/** The user that a caller's own things belong to. @throws DopqError BAD_REQUEST */
function ownUser(caller: Caller): string {
  if (caller.user !== null) return caller.user;
  throw new DopqError('BAD_REQUEST', 'The admin socket is no user: it has nothing of its own.', {
    fix: 'Say for which user (`-u NAME`), or use the socket or the login of that user.',
  });
}
