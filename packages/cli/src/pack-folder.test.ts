import {
  chmodSync,
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
import { TextWriter, Uint8ArrayReader, ZipReader } from '@zip.js/zip.js';
import { expect, onTestFinished, test } from 'vitest';
import { packFolder } from './pack-folder.ts';

function makeFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'dopq-pack-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

async function readZip(file: string): Promise<Record<string, { text: string; executable: boolean }>> {
  const reader = new ZipReader(new Uint8ArrayReader(readFileSync(file)), { checkSignature: true });
  const found: Record<string, { text: string; executable: boolean }> = {};
  for (const entry of await reader.getEntries()) {
    if (entry.directory) continue;
    found[entry.filename] = { text: await entry.getData(new TextWriter()), executable: entry.executable };
  }
  return found;
}

test('a folder becomes a zip of its files with their execute bits, without what .dockerignore names', async () => {
  const folder = makeFolder({
    Dockerfile: 'FROM scratch',
    'container_config.json': '{}',
    'src/run.sh': 'echo hello',
    'src/empty': '',
    'data/big.bin': 'x',
    '.dockerignore': 'data\n',
  });
  chmodSync(path.join(folder, 'src/run.sh'), 0o755);
  await using packed = await packFolder(folder);
  const zip = await readZip(packed.file);
  expect(Object.keys(zip)).toEqual(['.dockerignore', 'Dockerfile', 'container_config.json', 'src/empty', 'src/run.sh']);
  expect(zip['src/run.sh']).toEqual({ text: 'echo hello', executable: true });
  expect(zip.Dockerfile).toEqual({ text: 'FROM scratch', executable: false });
  expect(packed.leftOut).toEqual([]);
});

test('links are followed to files inside the folder only, and what stays behind is told', async () => {
  const secret = makeFolder({ secret: 'password' });
  const folder = makeFolder({ Dockerfile: '', 'container_config.json': '{}', 'src/model.py': 'code' });
  symlinkSync('src/model.py', path.join(folder, 'inside'));
  symlinkSync(path.join(secret, 'secret'), path.join(folder, 'outside'));
  symlinkSync(secret, path.join(folder, 'outside-folder'));
  symlinkSync('src', path.join(folder, 'inside-folder'));
  symlinkSync('nowhere', path.join(folder, 'dangling'));
  await using packed = await packFolder(folder);
  const zip = await readZip(packed.file);
  expect(zip.inside?.text).toBe('code');
  expect(JSON.stringify(zip)).not.toContain('password');
  expect(packed.leftOut).toEqual([
    'dangling (a link that leads nowhere)',
    'inside-folder (a link to a folder)',
    'outside (a link out of the folder)',
    'outside-folder (a link out of the folder)',
  ]);
});

test('the temporary zip is gone afterwards', async () => {
  const packed = await packFolder(makeFolder({ 'container_config.json': '{}' }));
  expect(existsSync(packed.file)).toBe(true);
  await packed[Symbol.asyncDispose]();
  expect(existsSync(path.dirname(packed.file))).toBe(false);
});

test('a folder without container_config.json is refused before anything is packed', async () => {
  await expect(packFolder(makeFolder({ Dockerfile: '' }))).rejects.toThrow('has no container_config.json');
});
