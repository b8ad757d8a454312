import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openVault } from './vault.ts';

function folder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'dopq-vault-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

test('what is sealed is opened after a restart, and only as what it was sealed as', () => {
  const dir = folder();
  const sealed = openVault(dir).seal('s3cret-value', 'alice\0TOKEN');
  expect(sealed).not.toContain('s3cret');
  expect(openVault(dir).seal('s3cret-value', 'alice\0TOKEN')).not.toBe(sealed);
  expect(openVault(dir).open(sealed, 'alice\0TOKEN')).toBe('s3cret-value');
  expect(() => openVault(dir).open(sealed, 'mallory\0TOKEN')).toThrow(/unable to authenticate/);
  expect(() => openVault(folder()).open(sealed, 'alice\0TOKEN')).toThrow(/unable to authenticate/);
  expect(() => openVault(dir).open(`${sealed.slice(0, -4)}AAA=`, 'alice\0TOKEN')).toThrow(/unable to authenticate/);
});

test('the key is private, and one that others may read or that is none is refused with the fix', () => {
  const dir = folder();
  openVault(dir);
  const file = path.join(dir, 'secrets.key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o640);
  expect(() => openVault(dir)).toThrow(/chmod 600/);
  chmodSync(file, 0o600);
  writeFileSync(file, 'short');
  expect(() => openVault(dir)).toThrow(/Restore it from a backup/);
});
