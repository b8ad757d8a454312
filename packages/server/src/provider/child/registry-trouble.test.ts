import { expect, test } from 'vitest';
import { outsideTrouble } from './registry-trouble.ts';

test.each([
  'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host',
  'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: Temporary failure in name resolution',
  'Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  'toomanyrequests: You have reached your pull rate limit.',
  'received unexpected HTTP status: 503 Service Unavailable',
  'Get "https://ghcr.io/v2/": net/http: TLS handshake timeout',
  'failed to do request: Head "https://registry-1.docker.io/v2/library/x/manifests/1": dial tcp 1.2.3.4:443: connect: connection refused',
])('%s is nobody here to blame for', (error) => {
  expect(outsideTrouble(error)).toContain('registry');
});

test('a full disk of the engine is not the fault of who fills it last', () => {
  expect(outsideTrouble('write /var/lib/docker/tmp/x: no space left on device')).toContain('disk is full');
});

test.each([
  "The command '/bin/sh -c pip install torch' returned a non-zero code: 1",
  'process "/bin/sh -c curl -f http://x" did not complete successfully: exit code: 6: connection refused',
  'pull access denied for nosuch, repository does not exist or may require docker login',
  'manifest for busybox:nosuch not found: manifest unknown',
  'dockerfile parse error line 1: unknown instruction: FORM',
  'COPY failed: file not found in build context or excluded by .dockerignore: stat x: file does not exist',
  'The build took longer than 2 hours and was ended.',
])('%s is the submission', (error) => {
  expect(outsideTrouble(error)).toBeUndefined();
});
