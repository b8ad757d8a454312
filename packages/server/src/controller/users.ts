import { DopqError, type Role, type User } from '@dopq/contract';
import { INVALID_FOLDER } from '../conventions/invalid-folder.ts';
import type { UserRecord } from '../store/users.ts';
import type { ControllerDeps } from './deps.ts';
import { actorOf, type Caller, hasRole } from './caller.ts';
import { findAccountUid } from '../users/account-uid.ts';

export function listUsers(deps: ControllerDeps, caller: Caller): User[] {
  const present = presenter(deps, caller);
  return deps.store.users.list().map(present);
}

/**
 * Registers a user. The uid of their containers is the given one, else that of the machine's account of this name (so
 * that people own what their jobs write), else a synthetic one.
 * @param wanted.isKnown they have a login already, and it is known to be theirs
 * @throws DopqError USER_EXISTS also if the uid is somebody else's already, or somebody signed up with that name; NAME_TAKEN if
 *   nobody can have it
 */
export async function addUser(
  deps: ControllerDeps,
  caller: Caller,
  {
    isKnown = false,
    ...wanted
  }: { name: string; email?: string | undefined; uid?: number | undefined; isKnown?: boolean },
): Promise<User> {
  const accountUid = wanted.uid === undefined ? await findAccountUid(wanted.name) : undefined;
  const { store } = deps;
  const at = deps.clock.now();
  const added = store.transaction(() => {
    const users = store.users.list();
    const twin = users.find(({ name }) => name.toLowerCase() === wanted.name.toLowerCase());
    if (twin) throw new DopqError('USER_EXISTS', `There is a user "${twin.name}" already.`);
    if (wanted.name === INVALID_FOLDER)
      throw new DopqError(
        'NAME_TAKEN',
        `No user can be "${wanted.name}": refused archives go to folders of that name.`,
      );
    if (!isKnown && store.accounts.findLogin(wanted.name)) throw waits(wanted.name);
    const holder = users.find(({ uid }) => uid === wanted.uid);
    if (holder) throw new DopqError('USER_EXISTS', `Uid ${wanted.uid} belongs to user "${holder.name}" already.`);
    const free = accountUid !== undefined && users.every(({ uid }) => uid !== accountUid) ? accountUid : undefined;
    const user = store.users.add({ ...wanted, uid: wanted.uid ?? free }, at);
    store.events.append({
      at,
      jobId: null,
      actor: actorOf(caller),
      kind: 'user_added',
      message: `user ${user.name}, uid ${user.uid}`,
    });
    return user;
  });
  deps.usersChanged();
  deps.log.info({ user: added.name, uid: added.uid }, 'user added');
  return presenter(deps, caller)(added);
}

/**
 * Who is disabled is signed out at once, and their tokens are refused.
 * @throws DopqError USER_NOT_FOUND, LAST_ADMIN
 */
export function setUserDisabled(deps: ControllerDeps, caller: Caller, name: string, disabled: boolean): User {
  const { store } = deps;
  const at = deps.clock.now();
  store.transaction(() => {
    const user = recordOf(deps, name);
    if ((user.disabledAt !== null) === disabled) return;
    if (disabled) {
      keepAnAdmin(deps, user);
      store.accounts.removeCredentials(name, 'session', {});
    }
    store.users.setDisabled(name, disabled ? at : null);
    const kind = disabled ? 'user_disabled' : 'user_enabled';
    store.events.append({ at, jobId: null, actor: actorOf(caller), kind, message: `user ${name}` });
    deps.log.info({ user: name }, disabled ? 'user disabled' : 'user enabled');
  });
  deps.usersChanged();
  return presenter(deps, caller)(recordOf(deps, name));
}

/** @throws DopqError USER_NOT_FOUND, LAST_ADMIN */
export function setRole(deps: ControllerDeps, caller: Caller, { name, role }: { name: string; role: Role }): User {
  const { store, clock, log } = deps;
  store.transaction(() => {
    const user = recordOf(deps, name);
    if (user.role === role) return;
    keepAnAdmin(deps, user);
    store.users.setRole(name, role);
    const message = `user ${name}: role ${role} instead of ${user.role}`;
    store.events.append({ at: clock.now(), jobId: null, actor: actorOf(caller), kind: 'user_changed', message });
    log.info({ user: name }, message);
  });
  return findUser(deps, caller, name);
}

/** @throws DopqError USER_NOT_FOUND */
export function findUser(deps: ControllerDeps, caller: Caller, name: string): User {
  return presenter(deps, caller)(recordOf(deps, name));
}

/**
 * Changes share and limits.
 * @throws DopqError USER_NOT_FOUND
 */
export function changeUser(
  deps: ControllerDeps,
  caller: Caller,
  { name, ...wanted }: { name: string } & { [K in keyof typeof COLUMNS]?: User[K] | undefined },
): User {
  const { store, clock, log } = deps;
  const changes = Object.entries(wanted).filter(([, value]) => value !== undefined);
  store.transaction(() => {
    recordOf(deps, name);
    if (changes.length === 0) return;
    store.users.change(
      name,
      Object.fromEntries(changes.map(([key, value]) => [COLUMNS[key as keyof typeof COLUMNS], value])),
    );
    const message = `user ${name}: ${changes.map(([key, value]) => `${key.replaceAll('_', ' ')} ${value ?? 'as for all'}`).join(', ')}`;
    store.events.append({ at: clock.now(), jobId: null, actor: actorOf(caller), kind: 'user_changed', message });
    log.info({ user: name }, message);
  });
  deps.queue.wake();
  return presenter(deps, caller)(recordOf(deps, name));
}

const COLUMNS = {
  shares: 'shares',
  max_running_jobs: 'maxRunningJobs',
  max_running_gpus: 'maxRunningGpus',
  max_queued_jobs: 'maxQueuedJobs',
} as const;

/** Somebody has to be left who can let others in by the page. */
function keepAnAdmin({ store }: ControllerDeps, { name, role, disabledAt }: UserRecord): void {
  if (role !== 'admin' || disabledAt !== null || !store.accounts.findLogin(name)?.approvedAt) return;
  if (store.accounts.countAdminLogins() > 1) return;
  throw new DopqError('LAST_ADMIN', `${name} is the only administrator who can sign in.`);
}

function waits(name: string): DopqError {
  return new DopqError('USER_EXISTS', `Somebody signed up as "${name}" and waits for approval.`, {
    fix: `If it is them, \`dopq user approve ${name}\`; if not, \`dopq user reject ${name}\` first.`,
  });
}

function recordOf(deps: ControllerDeps, name: string): UserRecord {
  const user = deps.store.users.find(name);
  if (!user) throw new DopqError('USER_NOT_FOUND', `There is no user "${name}".`);
  return user;
}

/** E-mail addresses are for their owner and for operators. */
function presenter({ store, queue }: ControllerDeps, caller: Caller): (user: UserRecord) => User {
  const { penalties } = queue.view();
  const counts = store.jobCounts.by('user');
  const ran = new Map(store.jobCounts.ran().map(({ user, count }) => [user, count]));
  const count = (user: string, ...states: string[]) =>
    counts.reduce((sum, row) => (row.key === user && states.includes(row.state) ? sum + row.count : sum), 0);
  return (user) => ({
    name: user.name,
    email: user.name === caller.user || hasRole(caller, 'operator') ? user.email : null,
    disabled: user.disabledAt !== null,
    role: user.role,
    uid: user.uid,
    shares: user.shares,
    max_running_jobs: user.maxRunningJobs,
    max_running_gpus: user.maxRunningGpus,
    max_queued_jobs: user.maxQueuedJobs,
    penalty: penalties.get(user.name) ?? 0,
    queued: count(user.name, 'queued', 'held'),
    running: count(user.name, 'starting', 'running'),
    finished: ran.get(user.name) ?? 0,
    created_at: new Date(user.createdAt).toISOString(),
  });
}
