import { expect, test } from 'vitest';
import { mayTryAgain } from './end-attempt.ts';

test.each([
  ['never without retries', {}, 1, 'failed', 1, false],
  ['for a stated outcome', { retries: 2, retryOn: ['interrupted'] }, 1, 'interrupted', null, true],
  ['for a stated exit code', { retries: 2, retryOn: [75] }, 2, 'failed', 75, true],
  ['not for another exit code', { retries: 2, retryOn: [75] }, 1, 'failed', 1, false],
  [
    'not for an exit code of one that was ended from outside',
    { retries: 2, retryOn: [137] },
    1,
    'timed_out',
    137,
    false,
  ],
  ['no more often than stated', { retries: 2, retryOn: ['failed'] }, 3, 'failed', 1, false],
] as const)('another attempt: %s', (_, submission, attempts, outcome, exitCode, expected) => {
  const { retries, retryOn } = { retries: undefined, retryOn: undefined, ...submission };
  const asked = { ...(retries && { retries }), ...(retryOn && { retryOn: [...retryOn] }) };
  expect(mayTryAgain(asked, attempts, { outcome, exitCode })).toBe(expected);
});
