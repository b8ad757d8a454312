// Tokens and sessions of a user: listed without their secrets, made, and taken back.
import { DopqError, type IssuedToken, type NewToken, type Session, type SignIn, type Token } from '@dopq/contract';
import type { z } from 'zod';
import type { CredentialRecord } from '../../store/accounts.ts';
import type { Caller } from '../caller.ts';
import type { ControllerDeps } from '../deps.ts';
import { hashSecret, makeSecret, TOKEN_PREFIX } from './secrets.ts';
import { checkPassword, whose } from './session.ts';

const DAY_MS = 86_400_000;

type TokenWishes = z.infer<typeof NewToken>;

export function listTokens({ store, clock }: ControllerDeps, caller: Caller, user?: string): Token[] {
  return store.accounts.listCredentials(whose(caller, user), 'token', clock.now()).map(presentToken);
}

/** @throws DopqError USER_NOT_FOUND; ROLE_NEEDED for somebody else's */
export function createToken(
  deps: ControllerDeps,
  caller: Caller,
  { user, ...wishes }: TokenWishes & { user?: string | undefined },
): IssuedToken {
  const owner = whose(caller, user);
  // Who could make tokens for others could be anybody.
  if (owner !== caller.user && caller.how !== 'admin socket') {
    throw new DopqError('ROLE_NEEDED', 'A token is made by its owner, or by root on the admin socket.');
  }
  if (!deps.store.users.find(owner)) throw new DopqError('USER_NOT_FOUND', `There is no user "${owner}".`);
  return issue(deps, owner, wishes);
}

/** @throws DopqError SIGN_IN_FAILED, RATE_LIMITED, ACCOUNT_DISABLED, ACCOUNT_PENDING, TOO_BUSY */
export async function obtainToken(
  deps: ControllerDeps,
  caller: Caller,
  { user, password, ...wishes }: z.infer<typeof SignIn> & TokenWishes,
): Promise<IssuedToken> {
  const login = await checkPassword(deps, caller, { user, password });
  if (login.approvedAt === null) {
    throw new DopqError('ACCOUNT_PENDING', `The account "${login.user}" waits for approval.`);
  }
  return issue(deps, login.user, wishes);
}

export function listSessions({ store, clock }: ControllerDeps, caller: Caller, user?: string): Session[] {
  return store.accounts.listCredentials(whose(caller, user), 'session', clock.now()).map((session) => ({
    ...presentCredential(session),
    browser: session.name,
    current: session.id === caller.credential?.id,
  }));
}

/**
 * Takes back one, or without `id` all but the one that asks.
 * @throws DopqError CREDENTIAL_NOT_FOUND
 */
export function revoke(
  { store }: ControllerDeps,
  caller: Caller,
  kind: 'token' | 'session',
  { user, id }: { user?: string | undefined; id?: number | undefined },
): { revoked: number } {
  const owner = whose(caller, user);
  const butId = id === undefined ? caller.credential?.id : undefined;
  const revoked = store.accounts.removeCredentials(owner, kind, { id, butId });
  if (id !== undefined && revoked === 0) {
    throw new DopqError('CREDENTIAL_NOT_FOUND', `${owner} has no ${kind} ${id}.`);
  }
  return { revoked };
}

/** The token that the call is made with. @throws DopqError SIGN_IN_FAILED if it is made without one */
export function giveTokenBack({ store }: ControllerDeps, { user, credential }: Caller): { revoked: number } {
  if (user === null || credential?.kind !== 'token')
    throw new DopqError('SIGN_IN_FAILED', 'No token came with that, so none can be given back.', {
      fix: 'Send the one that is meant: `Authorization: Bearer dopq_...`.',
    });
  return { revoked: store.accounts.removeCredentials(user, 'token', { id: credential.id }) };
}

function issue({ store, clock, log }: ControllerDeps, user: string, wishes: TokenWishes): IssuedToken {
  const now = clock.now();
  const secret = `${TOKEN_PREFIX}${makeSecret()}`;
  const token = store.accounts.addCredential({
    kind: 'token',
    user,
    hash: hashSecret(secret),
    name: wishes.name,
    scope: wishes.scope,
    createdAt: now,
    expiresAt: wishes.expires_in_days === null ? null : now + wishes.expires_in_days * DAY_MS,
    usedAt: null,
    usedFrom: null,
  });
  log.info({ user, token: token.id, scope: token.scope }, 'a token was made');
  return { ...presentToken(token), secret };
}

function presentToken(token: CredentialRecord): Token {
  return { ...presentCredential(token), name: token.name, scope: token.scope };
}

function presentCredential({ id, user, createdAt, expiresAt, usedAt, usedFrom }: CredentialRecord) {
  return {
    id,
    user,
    created_at: iso(createdAt),
    expires_at: expiresAt === null ? null : iso(expiresAt),
    used_at: usedAt === null ? null : iso(usedAt),
    used_from: usedFrom,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
