import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyPolicy, anyWorld, drain, NOW, USERS } from '../test/any-world.ts';
import { ledgerOf } from './ledger.ts';
import { penaltyOf } from './penalty.ts';
import type { Snapshot } from './snapshot.ts';

test('the lines of a ledger add up to the penalty that the queue uses', () => {
  fc.assert(
    fc.property(anyWorld, anyPolicy, fc.constantFrom(...USERS), (world, policy, user) => {
      drain(world, policy, (snapshot, now) => {
        const { lines, penalty } = ledgerOf(user, snapshot, policy, now);
        const sum = lines.reduce((total, line) => total + line.penalty, 0);
        expect(Math.abs(sum - penaltyOf(user, snapshot, policy, now))).toBeLessThan(1e-9);
        expect(penalty).toBe(sum);
      });
    }),
  );
});

const DAY = 24 * 3_600_000;
const snapshot: Snapshot = {
  machines: [{ id: 'm', gpus: [], memoryBytes: 100, cpus: 10 }],
  queued: [],
  running: [
    {
      id: 3,
      user: 'ada',
      machineId: 'm',
      gpuUuids: [],
      numSlots: 1,
      memoryBytes: 50,
      cpus: 1,
      startedAt: NOW,
      expectedEndAt: NOW + DAY,
    },
  ],
  history: [
    { id: 1, user: 'ada', startedAt: NOW - 8 * DAY, finishedAt: NOW - 7 * DAY, models: [], memoryBytes: 0, cpus: 5 },
    { id: 2, user: 'bob', startedAt: NOW - DAY, finishedAt: NOW, models: [], memoryBytes: 0, cpus: 5 },
  ],
};

test('a line says what was held, what it cost, how long, and what is left of it', () => {
  const { share, lines } = ledgerOf('ada', snapshot, { kind: 'fair-share', halfLifeMs: 7 * DAY }, NOW);
  expect(share).toBe(0.5);
  expect(lines.map(({ jobId }) => jobId)).toEqual([3, 1]);
  expect(lines[0]?.use).toMatchObject({ costs: { memoryBytes: 0.5, cpus: 0.1 }, rate: 0.5, ranMs: 0, expectedMs: DAY });
  expect(lines[1]?.use).toMatchObject({ rate: 0.5, ranMs: DAY, expectedMs: 0 });
  expect(lines[1]?.use?.remaining).toBeCloseTo(0.5 * 0.952, 3);
});

test('under recency a line says its position, under fifo there is none', () => {
  expect(ledgerOf('ada', snapshot, { kind: 'recency' }, NOW).lines).toEqual([
    { jobId: 1, startedAt: NOW - 8 * DAY, finishedAt: NOW - 7 * DAY, position: 1, penalty: Math.exp(-1) },
  ]);
  expect(ledgerOf('ada', snapshot, { kind: 'fifo' }, NOW)).toEqual({ user: 'ada', penalty: 0, share: 1, lines: [] });
});
