// The one contract: command line, dashboard and scripts use these procedures and the raw routes below, nothing else.
import type { ContractRouter } from '@orpc/contract';
import { z } from 'zod';
import { account, change, type Rights, read } from './access.ts';
import {
  GiveRole,
  Invitation,
  IssuedToken,
  NewToken,
  Password,
  PendingUser,
  Register,
  Session,
  SignIn,
  Token,
  WhoAmI,
} from './account.ts';
import { AuditEntry, AuditQuery } from './audit.ts';
import { ERRORS, type ErrorCode } from './errors.ts';
import { Comparison, Explanation, Ledger } from './explanation.ts';
import { Job, JobDetail, JobEvent } from './job.ts';
import { Deletion, JobPage, ListJobs, PageJobs } from './job-query.ts';
import { FileList, JobConfig, ListFiles, RetryJob } from './files.ts';
import { Gpu, Status } from './machine.ts';
import { AddChannel, AddedChannel, Channel, ChannelId, Delivery, ListChannels, TestedChannel } from './notification.ts';
import { JobStats, JobTop, ReadSeries, SeriesAnswer } from './measure.ts';
import type { RAW_ROUTES } from './routes.ts';
import {
  ChangePolicy,
  Cleared,
  ClearHistory,
  Drain,
  DrainTarget,
  Lock,
  LockQueue,
  Policy,
  Shutdown,
  ShuttingDown,
  UndrainTarget,
} from './queue-control.ts';
import { ListSecrets, RemoveSecret, Secret, SetSecret } from './secret.ts';
import { ReadUsage, Usage } from './usage.ts';
import { HistoryQuery, RecordedHistory } from './recorded-history.ts';
import { User, UserName } from './user.ts';
import { ArchiveLimits, Judged, JudgementNow } from './validation.ts';

const ErrorData = z.object({ fix: z.string() });

/** The error map of a procedure, from the one table in errors.ts. */
function fails<const Codes extends readonly ErrorCode[]>(...codes: Codes) {
  return Object.fromEntries(codes.map((code) => [code, { status: ERRORS[code].status, data: ErrorData }])) as {
    [C in Codes[number]]: { status: number; data: typeof ErrorData };
  };
}

const JobId = z.object({ id: z.int().positive() });

export const MoveJobs = z.object({
  /** In the order they are to have. */
  ids: z.array(z.int().positive()).min(1).max(1000),
  to: z.enum(['first', 'last', 'before', 'after']).default('first'),
  /** For `before` and `after`: another job of the same user. */
  anchor: z.int().positive().optional(),
});

/** Whose: root on the admin socket has to say, administrators may, everybody else has only their own. */
const Whose = z.object({ user: UserName.optional() });

export const contract = {
  session: {
    whoami: read('anyone').output(WhoAmI),
    /** Answers with a cookie. */
    signIn: account('anyone')
      .input(SignIn)
      .output(WhoAmI)
      .errors(fails('SIGN_IN_FAILED', 'RATE_LIMITED', 'ACCOUNT_DISABLED', 'TOO_BUSY')),
    signOut: account('signed-in').output(WhoAmI),
    /** Signs up and signs in. Without a code the configuration says whether that works at once, after approval, or not. */
    register: account('anyone')
      .input(Register)
      .output(WhoAmI)
      .errors(fails('CODE_INVALID', 'REGISTRATION_CLOSED', 'NAME_TAKEN', 'RATE_LIMITED', 'ACCOUNT_DISABLED')),
    /** By a session it takes the old password; on the server's own host the socket is proof enough. */
    setPassword: account('signed-in')
      .input(Whose.extend({ old: z.string().max(200).optional(), password: Password }))
      .output(z.object({ user: z.string() }))
      .errors(fails('SIGN_IN_FAILED', 'RATE_LIMITED', 'USER_NOT_FOUND')),
    list: read('signed-in').input(Whose).output(z.array(Session)),
    /** Ends one session, or without an id all but the one that asks. */
    revoke: account('signed-in')
      .input(Whose.extend({ id: z.int().positive().optional() }))
      .output(z.object({ revoked: z.int() }))
      .errors(fails('CREDENTIAL_NOT_FOUND')),
  },
  tokens: {
    list: read('user').input(Whose).output(z.array(Token)),
    create: account('user').input(Whose.extend(NewToken.shape)).output(IssuedToken).errors(fails('USER_NOT_FOUND')),
    /** A token for a password: how the command line signs in. */
    obtain: account('anyone')
      .input(SignIn.extend(NewToken.shape))
      .output(IssuedToken)
      .errors(fails('SIGN_IN_FAILED', 'RATE_LIMITED', 'ACCOUNT_DISABLED', 'ACCOUNT_PENDING', 'TOO_BUSY')),
    revoke: account('user')
      .input(Whose.extend({ id: z.int().positive() }))
      .output(z.object({ revoked: z.int() }))
      .errors(fails('CREDENTIAL_NOT_FOUND')),
    /** The token that the call is made with is worthless from then on: any token may do that to itself. */
    giveBack: account('anyone')
      .output(z.object({ revoked: z.int() }))
      .errors(fails('SIGN_IN_FAILED')),
  },
  /** People who signed up and wait. */
  registrations: {
    list: read('admin').output(z.array(PendingUser)),
    approve: change('admin')
      .input(GiveRole.partial({ role: true }))
      .output(User)
      .errors(fails('USER_NOT_FOUND', 'USER_EXISTS')),
    reject: change('admin')
      .input(z.object({ name: UserName }))
      .output(z.object({ user: z.string() }))
      .errors(fails('USER_NOT_FOUND')),
  },
  audit: { list: read('admin').input(AuditQuery).output(z.array(AuditEntry)) },
  status: read('user').output(Status),
  jobs: {
    list: read('user').input(ListJobs).output(z.array(Job)),
    /** One page of a list that is filtered and sorted here, with how many there are. */
    page: read('user').input(PageJobs).output(JobPage),
    get: read('user').input(JobId).output(JobDetail).errors(fails('JOB_NOT_FOUND')),
    events: read('user').input(JobId).output(z.array(JobEvent)).errors(fails('JOB_NOT_FOUND')),
    explain: read('user').input(JobId).output(Explanation).errors(fails('JOB_NOT_FOUND')),
    /** Why one of two waiting jobs goes first, with the sums behind both penalties. */
    compare: read('user')
      .input(JobId.extend({ other: z.int().positive() }))
      .output(Comparison)
      .errors(fails('JOB_NOT_FOUND', 'JOB_NOT_WAITING')),
    hold: change('owner')
      .input(JobId.extend({ reason: z.string().max(500).optional() }))
      .output(Job)
      .errors(fails('JOB_NOT_FOUND', 'JOB_NOT_WAITING')),
    /** One that an operator holds is for operators to release. */
    release: change('owner')
      .input(JobId)
      .output(Job)
      .errors(fails('JOB_NOT_FOUND', 'JOB_NOT_HELD', 'HELD_BY_OPERATOR')),
    /** Class of a job: higher goes first, before any penalty. For operators. */
    prioritize: change('operator')
      .input(JobId.extend({ priority: z.int().min(-1000).max(1000) }))
      .output(Job)
      .errors(fails('JOB_NOT_FOUND', 'JOB_NOT_WAITING')),
    /** Among the user's own jobs: lower goes first. */
    nice: change('owner')
      .input(JobId.extend({ nice: z.int().min(-1000).max(1000) }))
      .output(Job)
      .errors(fails('JOB_NOT_FOUND', 'JOB_NOT_WAITING')),
    /** Puts queued jobs of one user elsewhere among that user's jobs; nobody else's place changes. */
    move: change('owner')
      .input(MoveJobs)
      .output(z.array(Job))
      .errors(fails('JOB_NOT_FOUND', 'JOB_NOT_WAITING', 'BAD_REQUEST')),
    /** More time for a job with a limit: refused if somebody's predicted start gets worse, unless an operator forces it. */
    extend: change('owner')
      .input(
        JobId.extend({
          by_seconds: z
            .number()
            .positive()
            .max(366 * 86_400),
          force: z.boolean().default(false),
        }),
      )
      .output(Job)
      .errors(fails('JOB_NOT_FOUND', 'JOB_NOT_ACTIVE', 'JOB_HAS_NO_LIMIT', 'EXTENSION_REFUSED')),
    /** A finished job once more, as a new one, with other figures if they are wanted. */
    retry: change('owner')
      .input(RetryJob)
      .output(Job)
      .errors(fails('JOB_NOT_FOUND', 'JOB_STILL_ACTIVE', 'ARCHIVE_GONE', 'USER_NOT_ALLOWED', 'DISK_FULL')),
    /** The container_config.json of a job, as it was submitted. */
    config: read('owner').input(JobId).output(JobConfig).errors(fails('JOB_NOT_FOUND')),
    /** A folder of the output of the job's user. */
    files: read('owner').input(ListFiles).output(FileList).errors(fails('JOB_NOT_FOUND', 'FILE_NOT_FOUND')),
    /** Cancels jobs that have not started; what has started or ended is left alone and told of. */
    delete: change('owner')
      .input(z.object({ ids: z.array(z.int().positive()).min(1).max(10_000), reason: z.string().max(500).optional() }))
      .output(Deletion),
    stats: read('user').input(JobId).output(JobStats).errors(fails('JOB_NOT_FOUND')),
    top: read('owner')
      .input(JobId)
      .output(JobTop)
      .errors(fails('JOB_NOT_FOUND', 'JOB_NOT_RUNNING', 'ENGINE_UNAVAILABLE')),
    /** @param array all of the array that the job is part of, not it alone */
    cancel: change('owner')
      .input(JobId.extend({ reason: z.string().max(500).optional(), array: z.boolean().default(false) }))
      .output(Job)
      .errors(fails('JOB_NOT_FOUND', 'JOB_NOT_ACTIVE')),
  },
  /** What the server would say of a submission; nothing is taken. */
  submissions: {
    limits: read('user').output(ArchiveLimits),
    /** What would be said of it, and when it would start if it were submitted now. */
    judge: read('user').input(Judged).output(JudgementNow),
  },
  queue: {
    /** Nothing starts any more; intake, builds, running jobs and their limits go on. */
    lock: change('operator').input(LockQueue).output(Lock).errors(fails('BAD_REQUEST')),
    unlock: change('operator').output(Lock),
    policy: read('user').output(Policy),
    /** Takes effect at once and stays over restarts; `reset` goes back to config.ini. */
    changePolicy: change('admin').input(ChangePolicy).output(Policy),
    /** What the queue did, for the simulator. */
    history: read('user').input(HistoryQuery).output(RecordedHistory).errors(fails('ENGINE_UNAVAILABLE')),
    /** Finished jobs only. Their use still counts unless `forget_use` is asked for. */
    clearHistory: change('admin').input(ClearHistory).output(Cleared),
  },
  drains: {
    list: read('user').output(z.array(Drain)),
    /** No new jobs for a GPU or a machine; what runs there goes on. */
    add: change('operator')
      .input(DrainTarget)
      .output(z.array(Drain))
      .errors(fails('GPU_NOT_FOUND', 'MACHINE_NOT_FOUND')),
    remove: change('operator')
      .input(UndrainTarget)
      .output(z.array(Drain))
      .errors(fails('GPU_NOT_FOUND', 'MACHINE_NOT_FOUND')),
  },
  server: {
    /** Ends DoPQ; by default jobs run on and are adopted at the next start. */
    shutDown: change('admin').input(Shutdown).output(ShuttingDown),
  },
  gpus: { list: read('user').output(z.array(Gpu)) },
  /** Environment of one's own containers; values are never shown again, and masked in logs. */
  secrets: {
    list: read('user').input(ListSecrets).output(z.array(Secret)).errors(fails('USER_NOT_FOUND')),
    set: change('user').input(SetSecret).output(z.array(Secret)).errors(fails('USER_NOT_FOUND')),
    remove: change('user')
      .input(RemoveSecret)
      .output(z.array(Secret))
      .errors(fails('USER_NOT_FOUND', 'SECRET_NOT_FOUND')),
  },
  /** By e-mail or by webhook. */
  notifications: {
    list: read('user').input(ListChannels).output(z.array(Channel)).errors(fails('USER_NOT_FOUND')),
    add: change('user').input(AddChannel).output(AddedChannel).errors(fails('USER_NOT_FOUND', 'BAD_REQUEST')),
    remove: change('user').input(ChannelId).output(z.array(Channel)).errors(fails('CHANNEL_NOT_FOUND')),
    /** Sends one now and says what became of it. */
    test: change('user').input(ChannelId).output(TestedChannel).errors(fails('CHANNEL_NOT_FOUND')),
    /** The newest hundred, with those that did not get through and why. */
    deliveries: read('user').input(ListChannels).output(z.array(Delivery)).errors(fails('USER_NOT_FOUND')),
  },
  usage: { report: read('user').input(ReadUsage).output(Usage).errors(fails('BAD_REQUEST')) },
  series: { read: read('user').input(ReadSeries).output(SeriesAnswer) },
  users: {
    list: read('user').output(z.array(User)),
    ledger: read('user')
      .input(z.object({ name: UserName }))
      .output(Ledger)
      .errors(fails('USER_NOT_FOUND')),
    add: change('admin')
      .input(
        z.object({
          name: UserName,
          email: z.email().optional(),
          uid: z.int().positive().max(4_294_967_293).optional(),
        }),
      )
      .output(User)
      .errors(fails('USER_EXISTS', 'NAME_TAKEN')),
    /** Share and limits; null takes a limit of the user's own away. */
    change: change('admin')
      .input(
        z.object({
          name: UserName,
          shares: z.number().positive().max(1e6).optional(),
          max_running_jobs: z.int().nonnegative().nullable().optional(),
          max_running_gpus: z.int().nonnegative().nullable().optional(),
          max_queued_jobs: z.int().nonnegative().nullable().optional(),
        }),
      )
      .output(User)
      .errors(fails('USER_NOT_FOUND')),
    role: change('admin').input(GiveRole).output(User).errors(fails('USER_NOT_FOUND', 'LAST_ADMIN')),
    /** A code with which that user sets a (new) password, once. */
    invite: change('admin')
      .input(z.object({ name: UserName }))
      .output(Invitation)
      .errors(fails('USER_NOT_FOUND')),
    disable: change('admin')
      .input(z.object({ name: UserName }))
      .output(User)
      .errors(fails('USER_NOT_FOUND')),
    enable: change('admin')
      .input(z.object({ name: UserName }))
      .output(User)
      .errors(fails('USER_NOT_FOUND')),
  },
} satisfies ContractRouter<Rights>;

/** Query of the upload route. */
export const UploadQuery = z.object({
  /** File name; its suffix says what the bytes are. */
  name: z.string().min(1).max(255),
  /** Whose job it is; without it the archive's own `executor_name` says so. */
  user: UserName.optional(),
});

/** Query of the log route. */
export const LogQuery = z.object({
  kind: z.enum(['run', 'build']).default('run'),
  /** `1`: each line of a run log begins with the time it was written, RFC 3339. */
  timestamps: z.enum(['0', '1']).default('0'),
  /** `1`: the answer goes on until the job has ended. */
  follow: z.enum(['0', '1']).default('0'),
  /** Only the last N lines of what is there. */
  tail: z.coerce.number().int().min(0).max(1_000_000).optional(),
});

/** Query of the terminal route. */
export const TerminalQuery = z.object({
  /** May be there several times: a command and its arguments. Default: a shell. */
  command: z
    .union([z.string().max(4096), z.array(z.string().max(4096)).min(1).max(100)])
    .default('/bin/sh')
    .transform((command) => (typeof command === 'string' ? [command] : command)),
  columns: z.coerce.number().int().min(1).max(1000).default(80),
  rows: z.coerce.number().int().min(1).max(1000).default(24),
  /** `0`: without a terminal, for pipes: bytes are as they are, and each message from it begins with 1 (stdout) or 2 (stderr). */
  tty: z.enum(['0', '1']).default('1'),
});

/** A text message to a terminal; `eof` ends the input where there is none. */
export const TerminalControl = z.union([
  z.object({ resize: z.object({ columns: z.int().min(1).max(1000), rows: z.int().min(1).max(1000) }) }),
  z.object({ eof: z.literal(true) }),
]);

/** What a raw route answers when it fails: the same words as a procedure's error. */
export const RawError = z.object({
  code: z.string(),
  status: z.int(),
  message: z.string(),
  data: ErrorData.optional(),
});
export type RawError = z.infer<typeof RawError>;

/** Who may use the raw routes. */
export const RAW_RIGHTS = {
  /** Below operator: a submission of one's own. */
  upload: { needs: 'user', kind: 'change' },
  log: { needs: 'owner', kind: 'read' },
  archive: { needs: 'owner', kind: 'read' },
  file: { needs: 'owner', kind: 'read' },
  terminal: { needs: 'owner', kind: 'change' },
  feed: { needs: 'user', kind: 'read' },
  audit: { needs: 'admin', kind: 'read' },
  metrics: { needs: 'user', kind: 'read' },
  live: { needs: 'anyone', kind: 'read' },
  ready: { needs: 'anyone', kind: 'read' },
} as const satisfies Record<keyof typeof RAW_ROUTES, Rights>;
