import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isAtLeast } from './check.ts';
import { engineChecks, toolkitCheck } from './engine-checks.ts';
import type { EngineFacts } from './engine-probe.ts';
import { hostGpuCheck } from './gpu-checks.ts';
import { dockerGroupCheck, portCheck, timeCheck } from './host-checks.ts';
import { isRemote, mountOf, parseMounts } from './mounts.ts';
import { databaseCheck, diskCheck, nosuidCheck, shareChecks } from './place-checks.ts';

test.each([
  ['1.2.8', '1.2.8', true],
  ['1.2.10', '1.2.8', true],
  ['v1.3.0-rc.1', '1.2.8', true],
  ['1.1.5+ds1', '1.2.8', false],
  ['27', '20.10', undefined],
  ['', '1.0.0', undefined],
])('%s is at least %s: %s', (version, floor, is) => {
  expect(isAtLeast(version, floor)).toBe(is);
});

const WELL: EngineFacts = {
  version: '27.3.1',
  liveRestore: true,
  cgroupDriver: 'systemd',
  cgroupVersion: '2',
  runc: '1.3.3',
  runtimes: ['runc'],
  dataRoot: '/var/lib/docker',
  systemTime: 1_000_000,
  security: [],
};

test.each<[string, Partial<EngineFacts>, string, string]>([
  ['nothing', {}, '', ''],
  ['an old engine', { version: '19.03.15' }, 'engine', 'fail'],
  ['no live-restore', { liveRestore: false }, 'live-restore', 'warn'],
  ['systemd cgroups beside the nvidia runtime', { runtimes: ['runc', 'nvidia'] }, 'cgroup driver', 'warn'],
  ['an old runc', { runc: '1.2.7' }, 'runc', 'warn'],
  ['an old runc of a newer line', { runc: '1.3.2' }, 'runc', 'warn'],
  ['an engine in another time', { systemTime: 1_010_000 }, 'engine clock', 'warn'],
])('of an engine with %s, that alone is told with its fix', (_, more, name, state) => {
  const bad = engineChecks({ ...WELL, ...more }, 1_000_500).filter((check) => check.state !== 'ok');
  expect(bad.map((check) => [check.name, check.state])).toEqual(name === '' ? [] : [[name, state]]);
  for (const { fix } of bad) expect(fix).toBeTruthy();
});

test.each([
  ['NVIDIA Container Toolkit CLI version 1.17.8\ncommit: x', true, 'ok'],
  ['NVIDIA Container Toolkit CLI version 1.16.0', true, 'warn'],
  [undefined, true, 'fail'],
  [undefined, false, 'skip'],
])('a toolkit that says %j, with GPUs %s, is %s', (said, hasGpus, state) => {
  expect(toolkitCheck(said, hasGpus).state).toBe(state);
});

test('a device without a driver fails, a machine without GPUs does not', () => {
  expect(hostGpuCheck(undefined, 'nvidia-smi', true).state).toBe('fail');
  expect(hostGpuCheck(undefined, 'nvidia-smi', false).state).toBe('skip');
  expect(hostGpuCheck([{ index: 0, name: 'A100', uuid: 'GPU-1' }], 'nvidia-smi', true)).toMatchObject({
    state: 'ok',
    found: '1: A100',
  });
});

test('whoever is in group docker is named with the command that takes them out', () => {
  expect(dockerGroupCheck('root:x:0:\ndocker:x:999:alice,bob\n')).toMatchObject({
    state: 'warn',
    found: expect.stringContaining('alice, bob'),
    fix: 'gpasswd -d alice docker; gpasswd -d bob docker',
  });
  expect(dockerGroupCheck('docker:x:999:\n').state).toBe('ok');
  expect(dockerGroupCheck('').state).toBe('ok');
});

test.each([
  ['yes\n', 'ok'],
  ['no\n', 'warn'],
  [undefined, 'skip'],
])('a clock of which timedatectl says %j is %s', (said, state) => {
  expect(timeCheck(said).state).toBe(state);
});

const MOUNTS = parseMounts(`22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:41 / /mnt/lab\\040share rw,nosuid,nodev shared:2 - nfs4 server:/lab rw,vers=4.2
41 22 0:42 / /mnt rw - tmpfs tmpfs rw,nosuid
`);

test('a path is on the deepest mount above it, and a name that only begins alike is not below', () => {
  expect(mountOf('/mnt/lab share/alice', MOUNTS)?.type).toBe('nfs4');
  expect(mountOf('/mnt/lab shared', MOUNTS)?.type).toBe('tmpfs');
  expect(mountOf('/var/lib/dopq', MOUNTS)?.type).toBe('ext4');
  expect(MOUNTS.map(isRemote)).toEqual([false, true, false]);
});

test('a database on a network drive fails, and results on a mount without nosuid are told', () => {
  expect(databaseCheck('/mnt/lab share/data', MOUNTS).state).toBe('fail');
  expect(databaseCheck('/var/lib/dopq', MOUNTS).state).toBe('ok');
  expect(nosuidCheck('/mnt/lab share/out', MOUNTS).state).toBe('ok');
  expect(nosuidCheck('/srv/out', MOUNTS).state).toBe('warn');
});

test('a share is tried: one that can be used passes with its clock, one that is not there or is no folder fails with the fix', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'dopq-share-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  mkdirSync(path.join(dir, 'share'));
  writeFileSync(path.join(dir, 'file'), '', { mode: 0o755 });
  const statesOf = (name: string) =>
    shareChecks(path.join(dir, name), MOUNTS).map(({ name: check, state, fix }) => [check, state, fix !== null]);
  expect(statesOf('share')).toEqual([
    ['share', 'ok', false],
    ['share clock', 'ok', false],
  ]);
  expect(statesOf('gone')).toEqual([['share', 'fail', true]]);
  expect(statesOf('file')).toEqual([['share', 'fail', true]]);
});

test.each([
  ['little is wanted', 0, '/', 'ok'],
  ['all of it is wanted', 1, '/', 'fail'],
  ['it is not there', 0.1, '/no/such/folder', 'skip'],
])('a disk of which %s', (_, least, folder, state) => {
  const check = diskCheck('data', folder, least);
  expect(check.state).toBe(state);
  expect(check.fix !== null).toBe(state === 'fail');
});

test('a port has to answer while DoPQ runs and to be free while it does not', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await portCheck('127.0.0.1', port, true)).toMatchObject({ state: 'ok', fix: null });
  expect(await portCheck('0.0.0.0', port, false)).toMatchObject({ state: 'fail', fix: expect.stringContaining('ss') });
  await new Promise((resolve) => void server.close(resolve));
  expect(await portCheck('127.0.0.1', port, false)).toMatchObject({ state: 'ok', fix: null });
  expect(await portCheck('127.0.0.1', port, true)).toMatchObject({
    state: 'fail',
    fix: expect.stringContaining('log'),
  });
});
