import { expect, it } from 'vitest';
import { failureOfConnection, failureOfStatus, wordsOf } from './failure.ts';

it.each([
  [404, 'No such container: x', 'not_found'],
  [409, 'is already in use', 'conflict'],
  [400, 'invalid mount config', 'refused'],
  [500, 'could not select device driver', 'failed'],
  [500, 'connection error: desc = "transport: error while dialing: dial unix:///run/containerd.sock"', 'unreachable'],
  [500, 'ttrpc: closed: unknown', 'unreachable'],
] as const)('status %i with "%s" is %s', (status, words, code) => {
  expect(failureOfStatus(status, words)).toMatchObject({ code, message: words });
});

it('a socket that may not be opened names the group', () => {
  const error = Object.assign(new Error('connect EACCES /run/docker.sock'), { code: 'EACCES' });
  const failure = failureOfConnection('unix:///run/docker.sock', error);
  expect(failure).toMatchObject({ code: 'unreachable', cause: error });
  expect(failure.message).toMatch(/unix:\/\/\/run\/docker\.sock.*group/);
});

it('an error text is found in JSON, in plain text and in nothing', () => {
  expect(wordsOf('{"message":"no such image"}\n', 404)).toBe('no such image');
  expect(wordsOf('Bad Gateway\n', 502)).toBe('Bad Gateway');
  expect(wordsOf('', 500)).toContain('500');
});
