import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeNvidiaSmi, fakeGpus, fakeNvidiaSmi, waitFor } from '@dopq/testbed';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { silentLogger } from '../log.ts';
import type { Hardware } from './hardware.ts';
import { type NvidiaOptions, startNvidiaHardware } from './nvidia.ts';

const MIB = 1024 ** 2;

function start(command: string, options: Partial<NvidiaOptions> = {}): Hardware {
  return startNvidiaHardware({ clock: systemClock, log: silentLogger, command, intervalMs: 20, ...options });
}

describe('the reader of NVIDIA GPUs', () => {
  let smi: FakeNvidiaSmi;
  beforeEach(() => {
    smi = fakeNvidiaSmi({ gpus: fakeGpus(2, { name: 'NVIDIA A100', memoryMiB: 40_960, utilizationPercent: 93 }) });
  });
  afterEach(() => smi[Symbol.asyncDispose]());

  it('is starting until the first reading has ended', async () => {
    await using hardware = start(smi.command);
    expect(hardware.gpus()).toMatchObject({ state: 'starting', gpus: [] });
    await hardware.ready();
    expect(hardware.gpus().state).toBe('ok');
  });

  it('shows GPUs with the processes on each', async () => {
    const [first, second] = fakeGpus(2);
    smi.setApps([{ gpuUuid: second?.uuid ?? '', pid: 4711, name: 'python, train.py', memoryMiB: 2048 }]);
    await using hardware = start(smi.command);
    await hardware.ready();
    const sample = hardware.gpus();
    expect(sample).toMatchObject({ state: 'ok', driverVersion: '550.54.15' });
    expect(sample.gpus.map(({ uuid }) => uuid)).toEqual([first?.uuid, second?.uuid]);
    expect(sample.gpus[0]).toMatchObject({ name: 'NVIDIA A100', memoryBytes: 40_960 * MIB, utilizationPercent: 93 });
    expect(sample.gpus.map(({ processes }) => processes)).toEqual([
      [],
      [{ pid: 4711, name: 'python, train.py', memoryBytes: 2048 * MIB }],
    ]);
  });

  it('follows what changes', async () => {
    await using hardware = start(smi.command);
    await hardware.ready();
    smi.setGpus(fakeGpus(3, { temperatureCelsius: 71 }));
    await waitFor(() => hardware.gpus().gpus.length === 3, { message: 'the third GPU' });
    expect(hardware.gpus().gpus[0]?.temperatureCelsius).toBe(71);
  });

  it('is absent on a machine without GPUs', async () => {
    smi.setGpus([]);
    await using hardware = start(smi.command);
    await hardware.ready();
    expect(hardware.gpus()).toMatchObject({
      state: 'absent',
      message: expect.stringContaining('found no GPU'),
      gpus: [],
    });
  });

  it('is absent where there is no nvidia-smi', async () => {
    await using hardware = start('/nowhere/nvidia-smi');
    await hardware.ready();
    const { state, message } = hardware.gpus();
    expect([state, message]).toEqual(['absent', expect.stringContaining('install the NVIDIA driver')]);
  });

  it.each([
    [18, 'Failed to initialize NVML: Driver/library version mismatch', 'reboot the machine'],
    [9, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure", 'modprobe nvidia'],
    [15, 'Unable to determine the device handle for GPU 0000:0B:00.0: GPU is lost.  Reboot', 'power and seating'],
    [2, 'Field "power.draw" is not a valid field to query.', 'update the driver'],
    [0, 'Unable to determine the device handle for GPU0000:0B:00.0: Unknown Error', 'NVRM'],
    [0, 'Hello, world', 'cannot be read'],
    [3, '', 'exit code 3'],
  ])(
    'keeps the last good reading and names cause and fix when it ends with %i and says %j',
    async (code, text, fix) => {
      await using hardware = start(smi.command);
      await hardware.ready();
      smi.fail(code, text);
      await waitFor(() => hardware.gpus().state === 'failing', { message: 'the failure' });
      const failed = hardware.gpus();
      expect(failed.message).toContain(fix);
      expect(failed.gpus).toHaveLength(2);
      expect(failed.at).toBeLessThanOrEqual(failed.since);
      smi.heal();
      await waitFor(() => hardware.gpus().state === 'ok', { message: 'the recovery' });
      expect(hardware.gpus().message).toBeUndefined();
    },
  );

  it('ends one that hangs, with its children, and recovers', async () => {
    await using hardware = start(smi.command, { deadlineMs: 2000 });
    await hardware.ready();
    smi.hang();
    const childOf = () => readFileSync(join(smi.dir, 'hanging'), 'utf8').trim();
    const child = await waitFor(childOf, { message: 'the hanging query' });
    await waitFor(() => hardware.gpus().state === 'failing', { message: 'the deadline' });
    expect(hardware.gpus()).toMatchObject({ message: expect.stringContaining('no answer within 2 s'), gpus: [{}, {}] });
    await waitFor(() => isGone(child), { message: 'the end of what it had started' });
    smi.heal();
    await waitFor(() => hardware.gpus().state === 'ok', { message: 'the recovery' });
  });

  it('ends a hanging query when it is stopped', async () => {
    smi.hang();
    const hardware = start(smi.command);
    const child = await waitFor(() => readFileSync(join(smi.dir, 'hanging'), 'utf8').trim());
    await hardware[Symbol.asyncDispose]();
    await waitFor(() => isGone(child), { message: 'the end of the query' });
    expect(hardware.gpus().state).toBe('starting');
  });
});

function isGone(pid: string): boolean {
  try {
    return / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return true;
  }
}

describe('a program that is not nvidia-smi', () => {
  it.each([
    ['may not be executed', '#!/bin/sh\n', 0o644, 'check that it may be executed'],
    ['is no program', '\0\u0001\u0002', 0o755, 'smi'],
    ['prints without end', '#!/bin/sh\nexec yes\n', 0o755, 'smi'],
    ['dies of a signal', '#!/bin/sh\nkill -SEGV $$\n', 0o755, 'SIGSEGV'],
  ])('is a failure with a message when it %s', async (_what, text, mode, message) => {
    const command = join(mkdtempSync(join(tmpdir(), 'dopq-smi-')), 'smi');
    writeFileSync(command, text, { mode });
    await using hardware = start(command, { deadlineMs: 5000 });
    await hardware.ready();
    expect(hardware.gpus()).toMatchObject({ state: 'failing', message: expect.stringContaining(message) });
    rmSync(join(command, '..'), { recursive: true });
  });
});
