// The process of `startFakeRegistry`: prints its port, then a line for each manifest it gave; reads a status to fail with.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

const [, , username = '', password = ''] = process.argv;
const LOGIN = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

async function makeLayer(): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name: 'from-the-registry' }, 'yes\n');
  tar.finalize();
  return await buffer(Readable.from(tar));
}

const layer = await makeLayer();
const packed = gzipSync(layer);
const config = Buffer.from(
  JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    history: [{ created: '2026-01-01T00:00:00Z', created_by: 'test' }],
  }),
);
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const manifest = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: config.length,
      digest: digestOf(config),
    },
    layers: [
      {
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
        size: packed.length,
        digest: digestOf(packed),
      },
    ],
  }),
);
const blobs = new Map([config, packed].map((bytes) => [digestOf(bytes), bytes]));

let failure = 0;
createInterface(process.stdin).on('line', (line) => (failure = Number(line) || 0));

const server = createServer((request, response) => {
  answer(request, response);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').split('?')[0] ?? '';
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  if (failure !== 0) {
    response.writeHead(failure).end();
    return;
  }
  if (request.headers.authorization !== LOGIN) {
    response.writeHead(401, { 'www-authenticate': 'Basic realm="fake"' }).end();
    return;
  }
  if (/^\/v2\/?$/.test(path)) {
    response.end('{}');
    return;
  }
  const [, kind, reference = ''] = /\/(manifests|blobs)\/(.+)$/.exec(path) ?? [];
  const body = kind === 'manifests' ? manifest : blobs.get(reference);
  if (!body) {
    response.writeHead(404).end();
    return;
  }
  if (kind === 'manifests') console.log('pulled');
  response.setHeader('docker-content-digest', digestOf(body));
  response.setHeader('content-type', kind === 'manifests' ? MANIFEST : 'application/octet-stream');
  response.setHeader('content-length', body.length);
  response.end(request.method === 'HEAD' ? undefined : body);
}
