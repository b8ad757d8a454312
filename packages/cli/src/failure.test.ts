import { ERRORS } from '@dopq/contract';
import { expect, test } from 'vitest';
import { exitCodeOfError } from './failure.ts';

test.each([
  ['BAD_REQUEST', 2],
  ['JOB_NOT_FOUND', 5],
  ['LOG_NOT_FOUND', 5],
  ['USER_NOT_FOUND', 5],
  ['USER_NOT_ALLOWED', 6],
  ['EXTENSION_REFUSED', 6],
  ['JOB_NOT_ACTIVE', 1],
  ['SUBMISSION_INVALID', 1],
  ['UPLOAD_TOO_LARGE', 1],
  ['ENGINE_UNAVAILABLE', 1],
  ['SOMETHING_NEWER', 1],
])('the error %s ends a command with %i', (code, exitCode) => {
  expect(exitCodeOfError(code)).toBe(exitCode);
});

test('what is not there is 5, what is not allowed 6, what needs a sign-in 4', () => {
  const codes: Record<number, number> = { 404: 5, 403: 6, 401: 4 };
  const known = Object.entries(ERRORS).filter(([, { status }]) => codes[status] !== undefined);
  expect(known.map(([code]) => [code, exitCodeOfError(code)])).toEqual(
    known.map(([code, { status }]) => [code, codes[status]]),
  );
});
