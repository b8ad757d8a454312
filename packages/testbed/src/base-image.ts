// A base image without a registry: Debian's static busybox with a link per applet.
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import { pack } from 'tar-stream';
import { callEngine } from './engine-http.ts';

const BUSYBOX = '/bin/busybox';

/** Asked of the binary itself, so that a link exists exactly for what it can do. */
async function listApplets(): Promise<string[]> {
  const { stdout } = await execa(BUSYBOX, ['--list']);
  return stdout.split('\n').filter((applet) => applet !== '' && applet !== 'busybox');
}

async function readStaticBusybox(): Promise<Buffer> {
  const binary = await readFile(BUSYBOX).catch((cause: unknown) => {
    throw new Error(`no ${BUSYBOX} to make a base image of: apt-get install busybox-static`, { cause });
  });
  // A dynamic one names its loader and finds none in an otherwise empty image.
  if (binary.subarray(0, 4096).includes('ld-linux')) {
    throw new Error(`${BUSYBOX} needs shared libraries: apt-get install busybox-static`);
  }
  return binary;
}

async function packRootFs() {
  const [binary, applets] = await Promise.all([readStaticBusybox(), listApplets()]);
  const tar = pack();
  const dir = (name: string, mode = 0o755) => tar.entry({ name, type: 'directory', mode });
  const link = (name: string, linkname: string) => tar.entry({ name, type: 'symlink', linkname });
  for (const name of ['bin', 'etc', 'root', 'home', 'usr', 'usr/bin', 'var', 'dev', 'proc', 'sys']) dir(name);
  dir('tmp', 0o1777);
  tar.entry({ name: 'bin/busybox', mode: 0o755 }, binary);
  for (const applet of applets) link(`bin/${applet}`, 'busybox');
  link('usr/bin/env', '/bin/busybox');
  tar.entry({ name: 'etc/passwd' }, 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
  tar.entry({ name: 'etc/group' }, 'root:x:0:\nnogroup:x:65534:\n');
  tar.finalize();
  return tar;
}

/**
 * Imports busybox as an image and returns its ID. `FROM busybox:latest` then builds, as nothing is pulled for a name that
 * exists.
 */
export async function loadBaseImage(engine: { socket: string }, name = 'busybox:latest'): Promise<string> {
  const [repo = '', tag = 'latest'] = name.split(':');
  // tar-stream's own stream class is not node's.
  const body = Readable.from(await packRootFs());
  const query = new URLSearchParams({ fromSrc: '-', repo, tag });
  query.append('changes', 'CMD ["sh"]');
  query.append('changes', 'ENV PATH=/bin:/usr/bin');
  const reply = await callEngine(engine.socket, 'POST', `/images/create?${query.toString()}`, { body });
  const imageId = /"status":"(sha256:[0-9a-f]{64})"/.exec(reply.body)?.[1];
  if (!imageId) throw new Error(`the engine did not import ${name}: ${reply.status} ${reply.body.trim()}`);
  return imageId;
}
