// Who calls: said by the door they came through, and on TCP by what they show.
import { DopqError } from '@dopq/contract';
import type { FastifyRequest } from 'fastify';
import type { CredentialRecord } from '../store/accounts.ts';
import { hashSecret, TOKEN_PREFIX } from './accounts/secrets.ts';
import { IDLE_MS, LIFE_MS, roleOf } from './accounts/session.ts';
import type { Caller } from './caller.ts';
import { readSessionCookie } from './cookie.ts';
import type { ControllerDeps } from './deps.ts';
import { doorOf } from './doors.ts';

/** Uses are noted to the minute. */
const NOTE_EVERY_MS = 60_000;

/** @throws DopqError TOKEN_INVALID, ACCOUNT_DISABLED */
export function identify(deps: ControllerDeps, request: FastifyRequest): Caller {
  const door = doorOf(request.raw);
  // Whoever reaches the socket in the private data directory is the server's owner.
  if (door?.kind === 'admin socket') return { user: null, role: 'admin', how: 'admin socket', from: 'socket' };
  if (door?.kind === 'user socket') {
    checkEnabled(deps, door.user);
    return {
      user: door.user,
      role: deps.store.users.find(door.user)?.role ?? 'anonymous',
      how: 'user socket',
      from: 'socket',
    };
  }
  const from = request.ip;
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return byToken(deps, from, bearer);
  return bySession(deps, request, from) ?? { user: null, role: 'anonymous', how: 'nothing', from };
}

function byToken(deps: ControllerDeps, from: string, secret: string): Caller {
  const token = secret.startsWith(TOKEN_PREFIX)
    ? deps.store.accounts.findCredential('token', hashSecret(secret), deps.clock.now())
    : undefined;
  if (!token) throw new DopqError('TOKEN_INVALID', 'That token is not valid.');
  checkEnabled(deps, token.user);
  noteUse(deps, token, from, token.expiresAt);
  const role = roleOf(deps, token.user);
  const credential = { id: token.id, kind: 'token', scope: token.scope } as const;
  // A token for a purpose is no operator's badge.
  const isNarrow = token.scope !== 'all' && (role === 'operator' || role === 'admin');
  return { user: token.user, role: isNarrow ? 'user' : role, how: 'token', from, credential };
}

function bySession(deps: ControllerDeps, request: FastifyRequest, from: string): Caller | undefined {
  const secret = readSessionCookie(request, deps.instance);
  if (secret === undefined) return undefined;
  const now = deps.clock.now();
  const session = deps.store.accounts.findCredential('session', hashSecret(secret), now);
  if (!session || isDisabled(deps, session.user)) return undefined;
  noteUse(deps, session, from, Math.min(now + IDLE_MS, session.createdAt + LIFE_MS));
  const credential = { id: session.id, kind: 'session', scope: 'all' } as const;
  return { user: session.user, role: roleOf(deps, session.user), how: 'session', from, credential };
}

function noteUse(
  { store, clock }: ControllerDeps,
  known: CredentialRecord,
  usedFrom: string,
  expiresAt: number | null,
) {
  const usedAt = clock.now();
  if (known.usedAt !== null && usedAt - known.usedAt < NOTE_EVERY_MS) return;
  store.accounts.noteUse(known.id, { usedAt, usedFrom, expiresAt });
}

function isDisabled({ store }: ControllerDeps, user: string): boolean {
  return (store.users.find(user)?.disabledAt ?? null) !== null;
}

function checkEnabled(deps: ControllerDeps, user: string): void {
  if (isDisabled(deps, user)) throw new DopqError('ACCOUNT_DISABLED', `The account "${user}" is disabled.`);
}
