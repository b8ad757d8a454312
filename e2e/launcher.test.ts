// The first use of `./dopq` in a fresh clone, with an npm that only pretends: what counts is who calls it, and when.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@dopq/testbed';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The program is there at once, the rest of the installation later; its record is written last. */
const NPM = `#!/bin/sh
echo called >> calls
mkdir one-at-a-time || exit 1
mkdir -p node_modules/.bin packages/cli/src
printf '#!/bin/sh\\n[ -f "$(dirname "$0")/../complete" ] && echo runs || echo "half installed"\\n' > node_modules/.bin/node
chmod +x node_modules/.bin/node
until [ -e go-on ]; do sleep 0.05; done
touch node_modules/complete node_modules/.package-lock.json
rmdir one-at-a-time
`;

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(path.join(tmpdir(), 'dopq-clone-'));
  mkdirSync(path.join(clone, 'scripts'));
  mkdirSync(path.join(clone, 'bin'));
  for (const file of ['dopq', 'scripts/setup.mjs']) copyFileSync(path.join(ROOT, file), path.join(clone, file));
  writeFileSync(path.join(clone, 'package-lock.json'), '{}');
  writeFileSync(path.join(clone, 'bin/npm'), NPM);
  chmodSync(path.join(clone, 'bin/npm'), 0o755);
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

const use = () =>
  execa(path.join(clone, 'dopq'), ['--version'], {
    env: { PATH: `${clone}/bin:${process.env.PATH}` },
    reject: false,
    cwd: clone,
  });
const calls = () => readFileSync(path.join(clone, 'calls'), 'utf8').trim().split('\n').length;

test('of several first uses at once one installs, and the others wait for all of it', async () => {
  const uses = [use(), use(), use()];
  let waiting = 0;
  for (const one of uses)
    one.stderr.on('data', (chunk: Buffer) => (waiting += chunk.toString().split('waiting for process').length - 1));
  await waitFor(() => waiting === 2, { timeoutMs: 60_000, message: () => `two to wait; there are ${waiting}` });
  writeFileSync(path.join(clone, 'go-on'), '');
  const said = await Promise.all(uses);
  expect(said.map(({ stdout }) => stdout)).toEqual(['runs', 'runs', 'runs']);
  expect(calls()).toBe(1);
  expect(existsSync(path.join(clone, 'node_modules.lock'))).toBe(false);
  await use();
  expect(calls()).toBe(1);
});

test('an installation that was killed is done once more, by one of those who come', async () => {
  writeFileSync(path.join(clone, 'go-on'), '');
  const { pid } = execa('true');
  await execa('sh', ['-c', `while kill -0 ${pid} 2>/dev/null; do sleep 0.05; done`]);
  symlinkSync(String(pid), path.join(clone, 'node_modules.lock'));
  mkdirSync(path.join(clone, 'node_modules/.bin'), { recursive: true });
  writeFileSync(path.join(clone, 'node_modules/.bin/node'), '#!/bin/sh\necho half installed\n', { mode: 0o755 });
  const said = await Promise.all([use(), use()]);
  expect(said.map(({ stdout }) => stdout)).toEqual(['runs', 'runs']);
  expect(calls()).toBe(1);
});
