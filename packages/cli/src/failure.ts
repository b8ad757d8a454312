// How every command fails: cause and fix in words on stderr, and an exit code that scripts can rely on.
import { type ErrorCode, findRefusal } from '@dopq/contract';
import { cleanText } from './terminal-text.ts';

export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  notFound: 5,
  refused: 6,
  unreachable: 7,
  /** The job was ended by its time limit; as timeout(1). */
  timedOut: 124,
  /** The engine or DoPQ ended the job, not its own code; as docker run. */
  notItsFault: 125,
  interrupted: 130,
} as const;

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

const EXIT_OF: Partial<Record<ErrorCode, number>> = {
  BAD_REQUEST: EXIT.usage,
  JOB_NOT_FOUND: EXIT.notFound,
  LOG_NOT_FOUND: EXIT.notFound,
  USER_NOT_FOUND: EXIT.notFound,
  USER_NOT_ALLOWED: EXIT.refused,
  EXTENSION_REFUSED: EXIT.refused,
};

/** What the server answered, as a failure. */
export function failureOf(answer: {
  code: string;
  message: string;
  fix?: string | undefined;
  cause?: unknown;
}): Failure {
  const exitCode = EXIT_OF[answer.code as ErrorCode] ?? EXIT.error;
  return new Failure(answer.message, { fix: answer.fix, exitCode, cause: answer.cause });
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
