// Secrets of the caller; an administrator may set and remove those of others. Nobody reads a value.
import { DopqError, type Secret } from '@dopq/contract';
import { actorOf, type Caller, needRole } from './caller.ts';
import type { ControllerDeps } from './deps.ts';

interface Whose {
  user?: string | undefined;
}

/** @throws DopqError USER_NOT_FOUND, ROLE_NEEDED */
export function listSecrets(deps: ControllerDeps, caller: Caller, whose: Whose): Secret[] {
  return deps.secrets.list(userOf(deps, caller, whose)).map(({ name, createdAt, updatedAt }) => ({
    name,
    created_at: new Date(createdAt).toISOString(),
    updated_at: new Date(updatedAt).toISOString(),
  }));
}

/** @throws DopqError USER_NOT_FOUND, ROLE_NEEDED */
export function setSecret(
  deps: ControllerDeps,
  caller: Caller,
  wanted: Whose & { name: string; value: string },
): Secret[] {
  const user = userOf(deps, caller, wanted);
  deps.secrets.set(user, wanted.name, wanted.value);
  tell(deps, caller, 'secret_set', `secret ${wanted.name} of ${user}`);
  return listSecrets(deps, caller, { user });
}

/** @throws DopqError USER_NOT_FOUND, ROLE_NEEDED, SECRET_NOT_FOUND */
export function removeSecret(
  deps: ControllerDeps,
  caller: Caller,
  { name, ...whose }: Whose & { name: string },
): Secret[] {
  const user = userOf(deps, caller, whose);
  if (!deps.secrets.remove(user, name)) throw new DopqError('SECRET_NOT_FOUND', `${user} has no secret "${name}".`);
  tell(deps, caller, 'secret_removed', `secret ${name} of ${user}`);
  return listSecrets(deps, caller, { user });
}

/** Whose things a call is about: the caller's own, or for administrators those of the user they name. */
export function userOf({ store }: ControllerDeps, caller: Caller, { user }: Whose): string {
  if (user === undefined) {
    if (caller.user !== null) return caller.user;
    throw new DopqError('BAD_REQUEST', 'The admin socket is no user: it has nothing of its own.', {
      fix: 'Say for which user (`-u NAME`), or use the socket or the login of that user.',
    });
  }
  if (user !== caller.user) needRole(caller, 'admin', `What belongs to ${user}`);
  if (!store.users.find(user)) throw new DopqError('USER_NOT_FOUND', `There is no user "${user}".`);
  return user;
}

function tell({ store, clock }: ControllerDeps, caller: Caller, kind: string, message: string): void {
  store.events.append({ at: clock.now(), jobId: null, actor: actorOf(caller), kind, message });
}
