import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { productionPackages } from './production.ts';
import { systemdUnit } from './systemd-unit.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '');

const ANALYZE = '/usr/bin/systemd-analyze';

test('an installation has what runs and nothing that only tests and builds', () => {
  const packages = productionPackages(ROOT);
  expect(packages).toEqual(
    expect.arrayContaining(['node_modules/commander', 'node_modules/fastify', 'node_modules/zod']),
  );
  for (const tool of ['vitest', 'typescript', 'oxlint', 'knip', 'fast-check', 'vite', 'react', '@dopq/testbed'])
    expect(packages).not.toContain(`node_modules/${tool}`);
});

const units: [string, Parameters<typeof systemdUnit>[0]][] = [
  ['of the machine', { program: process.execPath, config: '/etc/dopq/config.ini', isUser: false }],
  ['with odd names', { program: process.execPath, config: '/srv/a b/50%/$x.ini', isUser: false }],
  ['of one user', { program: process.execPath, config: '/home/a/.config/dopq/config.ini', isUser: true }],
];

test.each(units)('the unit %s says what has to be there', (_, options) => {
  const text = systemdUnit(options);
  expect(text).toMatch(/^ExecStart=\S+ serve --config ["/]/m);
  expect(text).toContain('RestartPreventExitStatus=78');
  expect(text).not.toMatch(/^(Requires|BindsTo)=/m);
  expect(text.includes('After=docker.service')).toBe(!options.isUser);
});

test.skipIf(!existsSync(ANALYZE)).each(units)('systemd finds nothing wrong with the unit %s', (_, options) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'dopq-unit-'));
  const file = path.join(dir, 'dopq.service');
  // Where there is no engine and no systemd that runs, the units it names are not there to be verified.
  writeFileSync(file, systemdUnit(options).replace(/^(After|Wants)=.*\n/gm, ''));
  const { stderr, status } = spawnSync(ANALYZE, ['verify', file], { encoding: 'utf8' });
  rmSync(dir, { recursive: true });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});
