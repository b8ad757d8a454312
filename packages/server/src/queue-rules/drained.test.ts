import { plan, type Snapshot } from '@dopq/scheduler';
import { expect, test } from 'vitest';
import { drainReason, machineDrainReason } from './drained.ts';
import type { DrainRecord } from '../store/drains.ts';

const drain = (subject: string, reason = ''): DrainRecord => ({ subject, reason, actor: 'user:ilja', at: 1 });
const GPUS = { north: ['GPU-n0', 'GPU-n1'], south: ['GPU-s0', 'GPU-s1'] };

test.each([
  [
    'a machine',
    [drain('machine:north', 'new fans')],
    { 'GPU-n0': 'the machine north is drained: new fans', 'GPU-n1': 'the machine north is drained: new fans' },
  ],
  ['a GPU', [drain('gpu:GPU-n1')], { 'GPU-n1': 'drained' }],
  [
    'a GPU and the machine of another',
    [drain('gpu:GPU-n1', 'hot'), drain('machine:south')],
    { 'GPU-n1': 'drained: hot', 'GPU-s0': 'the machine south is drained', 'GPU-s1': 'the machine south is drained' },
  ],
  ['nothing', [], {}],
])('of two machines, %s is drained and nothing else', (_what, drains, expected) => {
  const reasons = Object.entries(GPUS).flatMap(([machine, uuids]) =>
    uuids.map((uuid) => [uuid, drainReason(drains, machine, uuid)] as const),
  );
  expect(Object.fromEntries(reasons.filter(([, reason]) => reason !== undefined))).toEqual(expected);
});

test('what waits starts on the machine that is not drained', () => {
  const drains = [drain('machine:north', 'new fans')];
  const machines = Object.entries(GPUS).map(([id, uuids]) => ({
    id,
    cpus: 8,
    memoryBytes: 64e9,
    gpus: uuids.map((uuid) => {
      const blockedReason = drainReason(drains, id, uuid);
      return { uuid, model: 'A100', memoryBytes: 80e9, slots: 1, usable: blockedReason === undefined, blockedReason };
    }),
  }));
  const alike = { user: 'zoe', numGpus: 1, numSlots: 1, memoryBytes: 1e9, cpus: 1, priority: 0, nice: 0 };
  const queued = [1, 2, 3].map((id) => ({ ...alike, id, queuedAt: id }));
  const snapshot: Snapshot = { machines, queued, running: [], history: [], users: ['zoe'] };
  const { starts, reasons } = plan(snapshot, { kind: 'fifo' }, 10);
  expect(starts.map(({ jobId, machineId }) => [jobId, machineId])).toEqual([
    [1, 'south'],
    [2, 'south'],
  ]);
  expect(reasons.has(3)).toBe(true);
  expect(machineDrainReason(drains, 'south')).toBeUndefined();
});
