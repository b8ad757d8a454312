import { expect, it } from 'vitest';
import { parseEndpoint } from './endpoint.ts';

it.each([
  ['/run/docker.sock', { socketPath: '/run/docker.sock' }],
  ['unix:///run/docker.sock', { socketPath: '/run/docker.sock' }],
  ['tcp://gpu1:2376', { host: 'gpu1', port: 2376 }],
  ['tcp://10.0.0.1', { host: '10.0.0.1', port: 2375 }],
  ['http://localhost:80/', { host: 'localhost', port: 80 }],
])('%s is an address', (text, expected) => {
  expect(parseEndpoint(text)).toEqual(expected);
});

it.each(['', 'unix://', 'docker.sock', 'ssh://me@gpu1', 'tcp://', 'tcp://a:b', 'tcp://host:1/path'])(
  '"%s" is not, and the message says what would be',
  (text) => {
    expect(() => parseEndpoint(text)).toThrow('unix:///var/run/docker.sock');
  },
);
