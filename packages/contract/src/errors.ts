// Every error a caller can meet, with a stable code, its HTTP status and the way out. Codes are never reused.

export const ERRORS = {
  JOB_NOT_FOUND: { status: 404, fix: 'See `dopq ps -a` for the jobs there are.' },
  JOB_NOT_ACTIVE: { status: 409, fix: 'See `dopq history` for what became of it.' },
  JOB_NOT_WAITING: { status: 409, fix: 'See `dopq ps` for the jobs that wait.' },
  JOB_STILL_ACTIVE: { status: 409, fix: 'Wait for its end, or cancel it first: `dopq cancel`.' },
  ARCHIVE_GONE: { status: 410, fix: 'Submit it again from your own copy.' },
  FILE_NOT_FOUND: { status: 404, fix: 'See what there is first; links and special files are not followed.' },
  JOB_NOT_HELD: { status: 409, fix: 'See `dopq ps` for the jobs that are held.' },
  HELD_BY_OPERATOR: { status: 403, fix: 'Ask an operator to release it.' },
  JOB_HAS_NO_LIMIT: { status: 409, fix: 'It may run as long as it likes; there is nothing to extend.' },
  EXTENSION_REFUSED: { status: 409, fix: 'Ask for less, or let an operator decide: `dopq extend --force`.' },
  JOB_NOT_RUNNING: { status: 409, fix: 'See `dopq ps` for the running ones.' },
  BAD_REQUEST: { status: 400, fix: 'Mend what the message names; `/api-docs` of the server describes every call.' },
  NOT_FOUND: { status: 404, fix: 'See `/api-docs` of the server for all there is.' },
  UNSUPPORTED_TYPE: { status: 415, fix: 'Send JSON, and say so: `Content-Type: application/json`.' },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    fix: "Try it again; if it stays so, an administrator finds why in the server's log.",
  },
  LOG_NOT_FOUND: { status: 404, fix: 'Nothing was written yet, or the log was removed by house-keeping.' },
  GPU_NOT_FOUND: { status: 404, fix: 'See `dopq gpus` for the GPUs there are; more of the UUID tells them apart.' },
  MACHINE_NOT_FOUND: { status: 404, fix: 'See `dopq gpus` for the machines there are.' },
  SECRET_NOT_FOUND: { status: 404, fix: 'See `dopq secret ls` for the secrets there are.' },
  CHANNEL_NOT_FOUND: { status: 404, fix: 'See `dopq notify ls` for the channels there are.' },
  USER_NOT_FOUND: { status: 404, fix: 'See `dopq user ls`, or add the user with `dopq user add NAME`.' },
  USER_EXISTS: { status: 409, fix: 'See `dopq user ls`.' },
  USER_NOT_ALLOWED: { status: 403, fix: 'Ask an administrator to run `dopq user add NAME`.' },
  SIGN_IN_NEEDED: { status: 401, fix: 'Sign in on the page, or send a token: `Authorization: Bearer dopq_...`.' },
  SIGN_IN_FAILED: { status: 401, fix: 'Try again; an administrator can invite you anew with `dopq user invite NAME`.' },
  TOKEN_INVALID: { status: 401, fix: 'It has expired or was revoked; make a new one.' },
  CODE_INVALID: { status: 403, fix: 'The server prints its code at each start; invitations work once, for some days.' },
  REGISTRATION_CLOSED: { status: 403, fix: 'Ask an administrator to run `dopq user invite NAME`.' },
  LAST_ADMIN: { status: 409, fix: 'Make somebody else an administrator first: `dopq user role NAME admin`.' },
  NAME_TAKEN: { status: 409, fix: 'Choose another name, or ask an administrator for an invitation if it is yours.' },
  RATE_LIMITED: { status: 429, fix: 'Wait a while.' },
  CREDENTIAL_NOT_FOUND: { status: 404, fix: 'See the list; it may have expired or been revoked already.' },
  ACCOUNT_PENDING: { status: 403, fix: 'Ask an administrator to run `dopq user approve NAME`.' },
  ACCOUNT_DISABLED: { status: 403, fix: 'Ask an administrator to run `dopq user enable NAME`.' },
  ROLE_NEEDED: { status: 403, fix: 'Ask somebody who has that role, or an administrator to give it to you.' },
  NOT_YOUR_JOB: { status: 403, fix: 'Ask its owner or an operator.' },
  TOKEN_TOO_NARROW: { status: 403, fix: 'Sign in on the page, or use a token with a wider scope.' },
  TOO_BUSY: { status: 503, fix: 'Try again in a moment.' },
  HOST_REFUSED: { status: 421, fix: 'Add the name to `[controller] names` if people reach DoPQ by it.' },
  ORIGIN_REFUSED: { status: 403, fix: 'Use the page that this server shows, or a token instead of the cookie.' },
  SUBMISSION_INVALID: { status: 400, fix: 'Mend the file as the message says and submit again.' },
  BODY_TOO_LARGE: { status: 413, fix: 'Procedures take little; archives go to the upload route.' },
  UPLOAD_TOO_LARGE: { status: 413, fix: 'Make the archive smaller, or raise `[fetcher] max.upload`.' },
  ENGINE_UNAVAILABLE: { status: 503, fix: 'Start the Docker Engine; `dopq status` shows what is wrong.' },
  DISK_FULL: { status: 507, fix: 'Free some space; `dopq status` shows which disk is full.' },
} as const satisfies Record<string, { status: number; fix: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error with a stable code, a cause in words and a fix in words. Thrown by the controller, shown by every view. */
export class DopqError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly fix: string;

  constructor(code: ErrorCode, message: string, options: { fix?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'DopqError';
    this.code = code;
    this.status = ERRORS[code].status;
    this.fix = options.fix ?? ERRORS[code].fix;
  }
}
