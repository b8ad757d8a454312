// The contract's procedures, each one line: where the work is done says its name.
import { contract, DopqError, ERRORS } from '@dopq/contract';
import { implement, ORPCError } from '@orpc/server';
import { checkAccess } from './access.ts';
import { createToken, giveTokenBack, listSessions, listTokens, obtainToken, revoke } from './accounts/credentials.ts';
import { invite, register, setPassword } from './accounts/register.ts';
import { approve, listRegistrations, reject } from './accounts/registrations.ts';
import { signIn, signOut, whoAmI } from './accounts/session.ts';
import { listAudit } from './audit.ts';
import type { CallContext } from './context.ts';
import type { ControllerDeps } from './deps.ts';
import { clearHistory } from './clear-history.ts';
import { drain, listDrains, undrain } from './drain.ts';
import { compareJobs, explainJob, readLedger } from './explain.ts';
import { extendJob } from './extend.ts';
import { listFiles, readJobConfig } from './files.ts';
import { listGpus } from './gpus.ts';
import { deleteJobs } from './delete-jobs.ts';
import { listJobs, pageJobs } from './job-lists.ts';
import { readHistory } from './history.ts';
import { cancelArray, cancelJob, getJob, listEvents } from './jobs.ts';
import { lockQueue, unlockQueue } from './lock.ts';
import { holdJob, moveJobs, niceJob, prioritizeJob, releaseJob } from './order.ts';
import { addChannel, listChannels, listDeliveries, removeChannel, testChannel } from './notifications.ts';
import { changePolicy, readPolicy } from './policy.ts';
import { listSecrets, removeSecret, setSecret } from './secrets.ts';
import { shutDown } from './shutdown.ts';
import { readSeries, readStats, readTop } from './measured.ts';
import { judgeNow } from './judge-now.ts';
import { retryJob } from './retry.ts';
import { readStatus } from './status.ts';
import { readUsage } from './usage.ts';
import { StorageError } from '../store/store-error.ts';
import { addUser, changeUser, listUsers, setRole, setUserDisabled } from './users.ts';

export function createRouter(deps: ControllerDeps) {
  const on = implement(contract)
    .$context<CallContext>()
    .use(async ({ next, context, procedure, path }, input) => {
      const { caller } = context;
      const rights = procedure['~orpc'].meta;
      const act = { what: path.join('.'), rights, input };
      const open = deps.audit.open(caller, act);
      try {
        checkAccess(deps, caller, rights, input);
        const answer = await open.run(next);
        open.close();
        return answer;
      } catch (error) {
        // It cannot be recorded either.
        if (error instanceof StorageError) throw toOrpcError(new DopqError('DISK_FULL', error.message));
        open.close(error);
        throw toOrpcError(error);
      }
    });
  return on.router({
    session: {
      whoami: on.session.whoami.handler(({ context }) => whoAmI(deps, context.caller)),
      signIn: on.session.signIn.handler(({ input, context }) => signIn(deps, context, input)),
      signOut: on.session.signOut.handler(({ context }) => signOut(deps, context)),
      register: on.session.register.handler(({ input, context }) => register(deps, context, input)),
      setPassword: on.session.setPassword.handler(({ input, context }) => setPassword(deps, context, input)),
      list: on.session.list.handler(({ input, context }) => listSessions(deps, context.caller, input.user)),
      revoke: on.session.revoke.handler(({ input, context }) => revoke(deps, context.caller, 'session', input)),
    },
    tokens: {
      list: on.tokens.list.handler(({ input, context }) => listTokens(deps, context.caller, input.user)),
      create: on.tokens.create.handler(({ input, context }) => createToken(deps, context.caller, input)),
      obtain: on.tokens.obtain.handler(({ input, context }) => obtainToken(deps, context.caller, input)),
      revoke: on.tokens.revoke.handler(({ input, context }) => revoke(deps, context.caller, 'token', input)),
      giveBack: on.tokens.giveBack.handler(({ context }) => giveTokenBack(deps, context.caller)),
    },
    registrations: {
      list: on.registrations.list.handler(() => listRegistrations(deps)),
      approve: on.registrations.approve.handler(({ input, context }) => approve(deps, context.caller, input)),
      reject: on.registrations.reject.handler(({ input }) => reject(deps, input.name)),
    },
    audit: { list: on.audit.list.handler(({ input }) => listAudit(deps, input)) },
    status: on.status.handler(({ context }) => readStatus(deps, context.caller)),
    jobs: {
      list: on.jobs.list.handler(({ input }) => listJobs(deps, input)),
      page: on.jobs.page.handler(({ input }) => pageJobs(deps, input)),
      get: on.jobs.get.handler(({ input }) => getJob(deps, input.id)),
      events: on.jobs.events.handler(({ input }) => listEvents(deps, input.id)),
      explain: on.jobs.explain.handler(({ input }) => explainJob(deps, input.id)),
      compare: on.jobs.compare.handler(({ input }) => compareJobs(deps, input.id, input.other)),
      hold: on.jobs.hold.handler(({ input, context }) => holdJob(deps, context.caller, input.id, input.reason)),
      release: on.jobs.release.handler(({ input, context }) => releaseJob(deps, context.caller, input.id)),
      prioritize: on.jobs.prioritize.handler(({ input, context }) =>
        prioritizeJob(deps, context.caller, input.id, input.priority),
      ),
      nice: on.jobs.nice.handler(({ input, context }) => niceJob(deps, context.caller, input.id, input.nice)),
      move: on.jobs.move.handler(({ input, context }) => moveJobs(deps, context.caller, input)),
      extend: on.jobs.extend.handler(({ input, context }) => extendJob(deps, context.caller, input)),
      cancel: on.jobs.cancel.handler(({ input, context }) =>
        input.array
          ? cancelArray(deps, context.caller, input.id, input.reason)
          : cancelJob(deps, context.caller, input.id, input.reason),
      ),
      retry: on.jobs.retry.handler(({ input, context }) => retryJob(deps, context.caller, input)),
      config: on.jobs.config.handler(({ input }) => readJobConfig(deps, input.id)),
      files: on.jobs.files.handler(({ input }) => listFiles(deps, input.id, input.path)),
      delete: on.jobs.delete.handler(({ input, context }) => deleteJobs(deps, context.caller, input.ids, input.reason)),
      stats: on.jobs.stats.handler(({ input }) => readStats(deps, input.id)),
      top: on.jobs.top.handler(({ input }) => readTop(deps, input.id)),
    },
    submissions: {
      limits: on.submissions.limits.handler(() => deps.provider.limits()),
      judge: on.submissions.judge.handler(({ input }) => judgeNow(deps, input)),
    },
    queue: {
      lock: on.queue.lock.handler(({ input, context }) => lockQueue(deps, context.caller, input)),
      unlock: on.queue.unlock.handler(({ context }) => unlockQueue(deps, context.caller)),
      policy: on.queue.policy.handler(() => readPolicy(deps)),
      changePolicy: on.queue.changePolicy.handler(({ input, context }) => changePolicy(deps, context.caller, input)),
      history: on.queue.history.handler(({ input }) => readHistory(deps, input)),
      clearHistory: on.queue.clearHistory.handler(({ input, context }) => clearHistory(deps, context.caller, input)),
    },
    drains: {
      list: on.drains.list.handler(() => listDrains(deps)),
      add: on.drains.add.handler(({ input, context }) => drain(deps, context.caller, input)),
      remove: on.drains.remove.handler(({ input, context }) => undrain(deps, context.caller, input)),
    },
    server: {
      shutDown: on.server.shutDown.handler(({ input, context }) => shutDown(deps, context.caller, input)),
    },
    gpus: { list: on.gpus.list.handler(() => listGpus(deps)) },
    secrets: {
      list: on.secrets.list.handler(({ input, context }) => listSecrets(deps, context.caller, input)),
      set: on.secrets.set.handler(({ input, context }) => setSecret(deps, context.caller, input)),
      remove: on.secrets.remove.handler(({ input, context }) => removeSecret(deps, context.caller, input)),
    },
    notifications: {
      list: on.notifications.list.handler(({ input, context }) => listChannels(deps, context.caller, input)),
      add: on.notifications.add.handler(({ input, context }) => addChannel(deps, context.caller, input)),
      remove: on.notifications.remove.handler(({ input, context }) => removeChannel(deps, context.caller, input.id)),
      test: on.notifications.test.handler(({ input, context }) => testChannel(deps, context.caller, input.id)),
      deliveries: on.notifications.deliveries.handler(({ input, context }) =>
        listDeliveries(deps, context.caller, input),
      ),
    },
    usage: { report: on.usage.report.handler(({ input }) => readUsage(deps, input)) },
    series: { read: on.series.read.handler(({ input }) => readSeries(deps, input)) },
    users: {
      list: on.users.list.handler(({ context }) => listUsers(deps, context.caller)),
      ledger: on.users.ledger.handler(({ input }) => readLedger(deps, input.name)),
      add: on.users.add.handler(({ input, context }) => addUser(deps, context.caller, input)),
      change: on.users.change.handler(({ input, context }) => changeUser(deps, context.caller, input)),
      role: on.users.role.handler(({ input, context }) => setRole(deps, context.caller, input)),
      invite: on.users.invite.handler(({ input }) => invite(deps, input.name)),
      disable: on.users.disable.handler(({ input, context }) =>
        setUserDisabled(deps, context.caller, input.name, true),
      ),
      enable: on.users.enable.handler(({ input, context }) => setUserDisabled(deps, context.caller, input.name, false)),
    },
  });
}

/** What went wrong, in the one shape of errors: a code, the cause, and the way out. */
function toOrpcError(error: unknown): ORPCError<string, { fix: string; issues?: unknown }> {
  if (error instanceof DopqError) {
    const { code, status, message, fix, cause } = error;
    return new ORPCError(code, { status, message, data: { fix }, cause });
  }
  const issues = error instanceof ORPCError && error.status < 500 ? issuesIn(error.data) : undefined;
  if (!issues) return toOrpcError(new DopqError('INTERNAL_SERVER_ERROR', FAILED, { cause: error }));
  const { fix, status } = ERRORS.BAD_REQUEST;
  return new ORPCError('BAD_REQUEST', { status, message: issueWords(issues), data: { fix, issues } });
}

export const FAILED = 'The server failed at this.';

type Issue = { path?: PropertyKey[] | undefined; message: string };

function issuesIn(data: unknown): Issue[] | undefined {
  const issues = (data as { issues?: unknown } | undefined)?.issues;
  return Array.isArray(issues) ? (issues as Issue[]) : undefined;
}

/** `limit: Too big; user: Invalid`. */
export function issueWords(issues: readonly Issue[]): string {
  return issues
    .map(({ path = [], message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ');
}
