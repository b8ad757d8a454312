// How every command fails: cause and fix in words on stderr, and an exit code that scripts can rely on.
import { findRefusal } from '@dopq/contract/client';
import { type ErrorCode, ERRORS } from '@dopq/contract/errors';
import { EXIT } from './exit-codes.ts';
import { cleanText } from './terminal-text.ts';

export { EXIT } from './exit-codes.ts';

/** An error that is told to a person as it is. */
export class Failure extends Error {
  override name = 'Failure';
  readonly fix: string | undefined;
  readonly exitCode: number;

  constructor(message: string, options: { fix?: string | undefined; exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.fix = options.fix;
    this.exitCode = options.exitCode ?? EXIT.error;
  }
}

const EXIT_OF_STATUS: Record<number, number> = {
  400: EXIT.usage,
  401: EXIT.signIn,
  403: EXIT.refused,
  404: EXIT.notFound,
};
/** Where the status alone says too little. */
const EXIT_OF: Partial<Record<string, number>> = {
  SUBMISSION_INVALID: EXIT.error,
  EXTENSION_REFUSED: EXIT.refused,
};

/** What a script is told of an error of the API. */
export function exitCodeOfError(code: string): number {
  const status = ERRORS[code as ErrorCode]?.status ?? 0;
  return EXIT_OF[code] ?? EXIT_OF_STATUS[status] ?? EXIT.error;
}

const WAY_IN = new Set(['SIGN_IN_NEEDED', 'TOKEN_INVALID']);

/** What the server answered, as a failure. */
export function failureOf(answer: {
  code: string;
  message: string;
  fix?: string | undefined;
  cause?: unknown;
}): Failure {
  const exitCode = exitCodeOfError(answer.code);
  // What the server says of a page is no help in a terminal.
  const fix = WAY_IN.has(answer.code) ? 'Sign in with `dopq login URL`, or set DOPQ_TOKEN.' : answer.fix;
  return new Failure(answer.message, { fix, exitCode, cause: answer.cause });
}

/** Any error as a failure; one that nobody expected keeps its own words. */
export function failureOfAny(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const refusal = findRefusal(error);
  if (refusal) return failureOf({ ...refusal, cause: error });
  return new Failure(error instanceof Error ? error.message : String(error), { cause: error });
}

/** Says what went wrong on stderr. @returns the exit code */
export function tell(failure: Failure): number {
  process.stderr.write(`dopq: ${cleanText(failure.message)}\n`);
  if (failure.fix) process.stderr.write(`${cleanText(failure.fix)}\n`);
  return failure.exitCode;
}
