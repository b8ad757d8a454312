// Getting an account: with the server's code, with an invitation, or by asking for one.
import { DopqError, type Invitation, type Password, type Register, type WhoAmI } from '@dopq/contract';
import type { z } from 'zod';
import { INVALID_FOLDER } from '../../conventions/invalid-folder.ts';
import { findAccountUid } from '../../users/account-uid.ts';
import type { Caller } from '../caller.ts';
import type { CallContext } from '../context.ts';
import type { ControllerDeps } from '../deps.ts';
import { addressKey } from './limiter.ts';
import { admit } from './registrations.ts';
import { hashPassword } from './passwords.ts';
import { hashSecret, makeCode, normalizeCode } from './secrets.ts';
import { checkPassword, startSession, whoAmI, whose } from './session.ts';

const INVITATION_MS = 7 * 86_400_000;
/** Names that would make a sentence read as if DoPQ or its owner had done it. */
const OURS = ['admin', 'administrator', 'root', 'anonymous', 'dopq', 'queue', 'provider', 'controller', 'system'];
const RESERVED = [...OURS, INVALID_FOLDER];

type Registering = z.infer<typeof Register>;

/** @throws DopqError CODE_INVALID, REGISTRATION_CLOSED, NAME_TAKEN, RATE_LIMITED, ACCOUNT_DISABLED, TOO_BUSY */
export async function register(deps: ControllerDeps, context: CallContext, given: Registering): Promise<WhoAmI> {
  const { store, clock, accounts } = deps;
  const { caller } = context;
  const { user, email = null } = given;
  const right = given.code === undefined ? checkOpen(deps, caller, user) : checkCode(deps, caller, user, given.code);
  checkTwins(deps, user, given.code !== undefined);
  const password = await hashPassword(given.password);
  // An account of the machine stands for a person: only somebody who knows both may make them one.
  const isAtOnce = right !== 'ask' || (deps.config.controller.registration === 'open' && !(await findAccountUid(user)));
  // Somebody else may have come first while the password was hashed.
  checkTwins(deps, user, given.code !== undefined);
  const setup = right === 'first admin' ? accounts.useSetupCode(given.code ?? '') : undefined;
  if (right === 'first admin' && !setup) throw new DopqError('CODE_INVALID', 'Somebody else was quicker.');
  const now = clock.now();
  try {
    store.transaction(() => {
      if (right === 'invited') takeInvitation(deps, user, given.code ?? '');
      store.accounts.putLogin({ user, email, password, createdAt: now, approvedAt: null });
      store.accounts.removeCredentials(user, 'session', {});
    });
    const himself: Caller = { ...caller, user };
    if (isAtOnce) await admit(deps, himself, user, right === 'first admin' ? 'admin' : undefined);
    else deps.log.info({ user, from: caller.from }, 'somebody signed up and waits for approval');
  } catch (error) {
    setup?.restore();
    throw error;
  }
  return whoAmI(deps, startSession(deps, context, user));
}

/**
 * A password for a login, new or there. By a session it takes the old one; a socket of this host proves enough.
 * @throws DopqError SIGN_IN_FAILED, RATE_LIMITED, USER_NOT_FOUND, TOO_BUSY
 */
export async function setPassword(
  deps: ControllerDeps,
  { caller }: CallContext,
  given: { user?: string | undefined; old?: string | undefined; password: z.infer<typeof Password> },
): Promise<{ user: string }> {
  const { store, clock } = deps;
  const user = whose(caller, given.user);
  if (caller.how === 'session') {
    if (user !== caller.user) {
      throw new DopqError('ROLE_NEEDED', 'A password is set by its owner, or by root on the admin socket.', {
        fix: `Invite them anew: \`dopq user invite ${user}\`.`,
      });
    }
    await checkPassword(deps, caller, { user, password: given.old ?? '' });
  }
  const found = store.accounts.findLogin(user);
  if (!found && !store.users.find(user)) throw new DopqError('USER_NOT_FOUND', `There is no user "${user}".`);
  const password = await hashPassword(given.password);
  const now = clock.now();
  store.transaction(() => {
    store.accounts.putLogin({ email: null, createdAt: now, approvedAt: now, ...found, user, password });
    const own = caller.credential?.kind === 'session' ? caller.credential.id : undefined;
    store.accounts.removeCredentials(user, 'session', { butId: own });
  });
  return { user };
}

/** @throws DopqError USER_NOT_FOUND */
export function invite({ store, clock }: ControllerDeps, user: string): z.infer<typeof Invitation> {
  if (!store.users.find(user)) throw new DopqError('USER_NOT_FOUND', `There is no user "${user}".`);
  const code = makeCode();
  const now = clock.now();
  const expiresAt = now + INVITATION_MS;
  store.transaction(() => {
    store.accounts.removeCredentials(user, 'invitation', {});
    store.accounts.addCredential({
      kind: 'invitation',
      user,
      hash: hashSecret(normalizeCode(code)),
      name: '',
      scope: 'all',
      createdAt: now,
      expiresAt,
      usedAt: null,
      usedFrom: null,
    });
  });
  return { user, code, expires_at: new Date(expiresAt).toISOString() };
}

function checkOpen({ config, accounts }: ControllerDeps, { from }: Caller, user: string): 'ask' {
  if (config.controller.registration === 'closed') {
    throw new DopqError('REGISTRATION_CLOSED', 'Accounts here are by invitation.');
  }
  accounts.limits.registrations.count(addressKey(from));
  if (RESERVED.includes(user.toLowerCase())) throw new DopqError('NAME_TAKEN', `The name "${user}" is reserved.`);
  return 'ask';
}

/** A code is worth nothing to who guesses: each try counts like a wrong password. */
function checkCode(deps: ControllerDeps, { from }: Caller, user: string, code: string): 'first admin' | 'invited' {
  const { store, accounts, clock } = deps;
  const forgive = accounts.limits.address.count(addressKey(from));
  const setup = accounts.useSetupCode(code);
  setup?.restore();
  const invitation = store.accounts.findCredential('invitation', hashSecret(normalizeCode(code)), clock.now());
  if (!setup && invitation?.user !== user) {
    throw new DopqError('CODE_INVALID', `That code is not valid for "${user}".`);
  }
  forgive();
  if ((store.users.find(user)?.disabledAt ?? null) !== null) {
    throw new DopqError('ACCOUNT_DISABLED', `The account "${user}" is disabled.`);
  }
  return setup ? 'first admin' : 'invited';
}

/** With a code one may take the account of the very name; never one that is only written like it. */
function checkTwins({ store }: ControllerDeps, user: string, hasCode: boolean): void {
  const names = [...store.users.list().map(({ name }) => name), store.accounts.findLogin(user)?.user ?? ''];
  const twin = names.find((name) => name.toLowerCase() === user.toLowerCase() && !(hasCode && name === user));
  if (twin !== undefined) throw new DopqError('NAME_TAKEN', `There is a user "${twin}" already.`);
}

function takeInvitation({ store, clock }: ControllerDeps, user: string, code: string): void {
  const found = store.accounts.findCredential('invitation', hashSecret(normalizeCode(code)), clock.now());
  if (found?.user !== user) throw new DopqError('CODE_INVALID', 'That invitation was used meanwhile.');
  store.accounts.removeCredentials(user, 'invitation', {});
}
