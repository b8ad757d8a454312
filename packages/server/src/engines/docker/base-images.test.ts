import { expect, test } from 'vitest';
import { baseImagesOf, registryOf } from './base-images.ts';

test('the images a Dockerfile starts from are told, and its own stages are none', () => {
  const dockerfile = `
ARG BASE=reg.lab/team/base
ARG TAG="2"
FROM --platform=linux/amd64 \${BASE}:$TAG AS build
ARG BASE=other
RUN make
FROM build AS tested
from \\
  busybox
COPY --chown=1:1 --from=build /a /a
COPY --from=reg.lab/tools:1 /b /b
COPY --from=0 /c /c
FROM scratch
FROM $UNKNOWN
`;
  expect(baseImagesOf(dockerfile)).toEqual(['reg.lab/team/base:2', 'busybox', 'reg.lab/tools:1']);
});

test.each([
  ['busybox', 'https://index.docker.io/v1/'],
  ['team/base:1', 'https://index.docker.io/v1/'],
  ['localhost/base', 'localhost'],
  ['127.0.0.1:5000/base:1', '127.0.0.1:5000'],
  ['reg.lab/team/base@sha256:0', 'reg.lab'],
])('the registry of %s is %s', (image, registry) => {
  expect(registryOf(image)).toBe(registry);
});
