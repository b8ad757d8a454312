// The rights that the contract states, enforced: the one gate that every procedure and every raw route passes.
import { DopqError, type Needs, type CallerRole, type Rights } from '@dopq/contract';
import { type Caller, hasRole, needRole } from './caller.ts';
import type { ControllerDeps } from './deps.ts';

const LEAST_ROLE: Record<Needs, CallerRole> = {
  anyone: 'anonymous',
  'signed-in': 'pending',
  user: 'user',
  owner: 'user',
  operator: 'operator',
  admin: 'admin',
};

/**
 * Lets the caller pass or not. Called before the input is validated, so that strangers learn nothing from it.
 * @param input as it came: only job ids are looked at, and only to find whose they are
 * @throws DopqError SIGN_IN_NEEDED, ACCOUNT_PENDING, ROLE_NEEDED, TOKEN_TOO_NARROW, NOT_YOUR_JOB; BAD_REQUEST if it names
 * no job
 */
export function checkAccess(deps: ControllerDeps, caller: Caller, { needs, kind }: Rights, input: unknown): void {
  needRole(caller, LEAST_ROLE[needs]);
  checkScope(caller, { needs, kind });
  if (needs !== 'owner' || hasRole(caller, 'operator')) return;
  const ids = jobIdsOf(input);
  if (ids.length === 0) throw new DopqError('BAD_REQUEST', 'It names no job.');
  for (const id of ids) {
    const job = deps.store.jobs.find(id);
    // A job that is not there is for the procedure to report: everybody may see the list of jobs.
    if (job && job.user !== caller.user) throw new DopqError('NOT_YOUR_JOB', `Job #${id} belongs to ${job.user}.`);
  }
}

/** A stolen token neither makes further ones nor changes a password. */
function checkScope({ credential }: Caller, { needs, kind }: Rights): void {
  if (credential?.kind !== 'token' || needs === 'anyone') return;
  if (kind === 'account')
    throw new DopqError('TOKEN_TOO_NARROW', 'Accounts are not managed with a token.', {
      fix: "Do it on the page (Profile > Tokens makes tokens) or on the server's own machine.",
    });
  if (credential.scope === 'read' && kind !== 'read') {
    throw new DopqError('TOKEN_TOO_NARROW', 'This token may only read.');
  }
}

function jobIdsOf(input: unknown): number[] {
  if (typeof input !== 'object' || input === null) return [];
  const { id, ids } = input as { id?: unknown; ids?: unknown };
  return [id, ...(Array.isArray(ids) ? ids : [])].filter(
    (each) => typeof each === 'number' && Number.isSafeInteger(each),
  );
}
