import { describe, expect, test } from 'vitest';
import { rateOf, costsOf } from './charge.ts';
import { penalties, penaltyOf } from './penalty.ts';
import type { PastRun, Snapshot } from './snapshot.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = 1000 * DAY;

const nothing: Snapshot = { machines: [], queued: [], running: [], history: [] };

const pastRun = (user: string, finishedAt: number, more: Partial<PastRun> = {}): PastRun => ({
  id: finishedAt,
  user,
  startedAt: finishedAt - HOUR,
  finishedAt,
  models: [],
  memoryBytes: 0,
  cpus: 0,
  ...more,
});

const rounded = (all: Map<string, number>, digits: number): Record<string, number> =>
  Object.fromEntries([...all].map(([user, penalty]) => [user, Number(penalty.toFixed(digits))]));

describe('recency', () => {
  const newestFirst = (...users: string[]): Snapshot => ({
    ...nothing,
    history: users.map((user, index) => pastRun(user, NOW - index)),
  });

  test('the history a b c a, newest first, gives the figures of 1.0', () => {
    expect(rounded(penalties(newestFirst('a', 'b', 'c', 'a'), { kind: 'recency' }, NOW), 4)).toEqual({
      a: 1.0498,
      b: 0.3679,
      c: 0.1353,
    });
  });

  test('position counts, not the order in which the history is handed over', () => {
    const { history } = newestFirst('a', 'b', 'c', 'a');
    const shuffled = { ...nothing, history: [history[2], history[0], history[3], history[1]] as PastRun[] };
    expect(penaltyOf('a', shuffled, { kind: 'recency' }, NOW)).toBeCloseTo(1.0498, 4);
  });

  test('a user with upper-case letters is penalised like any other, and is not the user in lower case', () => {
    const all = penalties(newestFirst('Ada', 'ada'), { kind: 'recency' }, NOW);
    expect(rounded(all, 4)).toEqual({ Ada: 1, ada: 0.3679 });
  });

  test('running jobs do not count', () => {
    const running = [
      { id: 1, user: 'a', machineId: 'm', gpuUuids: [], numSlots: 1, memoryBytes: 1, cpus: 1, startedAt: NOW - HOUR },
    ];
    expect(penaltyOf('a', { ...nothing, running }, { kind: 'recency' }, NOW)).toBe(0);
  });
});

describe('fair share', () => {
  const hundredCores = [{ id: 'm', gpus: [], memoryBytes: 0, cpus: 100 }];

  test('a user alone on everything for 48 h with a half-life of one day stands at 75 % (HTCondor)', () => {
    const history = [pastRun('a', NOW, { startedAt: NOW - 2 * DAY, cpus: 100 })];
    const snapshot = { ...nothing, machines: hundredCores, history };
    expect(penaltyOf('a', snapshot, { kind: 'fair-share', halfLifeMs: DAY }, NOW)).toBeCloseTo(0.75, 12);
  });

  test('uneven steps add up to the same as one long run', () => {
    const cuts = [0, 0.001, 3, 3.5, 29, 30].map((days) => NOW - 40 * DAY + days * DAY);
    const pieces = cuts
      .slice(1)
      .map((finishedAt, index) => pastRun('a', finishedAt, { startedAt: cuts[index] ?? 0, cpus: 7 }));
    const whole = [pastRun('a', cuts.at(-1) as number, { startedAt: cuts[0] ?? 0, cpus: 7 })];
    const of = (history: PastRun[]): number =>
      penaltyOf('a', { ...nothing, machines: hundredCores, history }, { kind: 'fair-share' }, NOW);
    expect(of(pieces)).toBeCloseTo(of(whole), 14);
  });

  test('the penalty is the exponent of the classic fair-share factor of Slurm, 2^(-use / share)', () => {
    const users = [
      { share: 0.3, use: 0.3875, factor: 0.408479 },
      { share: 0.05, use: 0.275, factor: 0.022097 },
      { share: 0.05, use: 0.15, factor: 0.125 },
      { share: 0.25, use: 0.25, factor: 0.5 },
      { share: 0.35, use: 0.1458, factor: 0.749154 },
    ];
    // Everyone has had a fixed part of the machine since always, so that the faded use is that part.
    const history = users.map(({ use }, index) =>
      pastRun(`u${index}`, NOW, { startedAt: NOW - 2000 * DAY, cpus: use * 100 }),
    );
    const shares = Object.fromEntries(users.map(({ share }, index) => [`u${index}`, share]));
    const all = penalties({ ...nothing, machines: hundredCores, history }, { kind: 'fair-share', shares }, NOW);
    users.forEach(({ factor }, index) => {
      expect(2 ** -(all.get(`u${index}`) as number)).toBeCloseTo(factor, 4);
    });
  });

  test('the dearest resource is charged: one CPU and 60 GB at 0.25 per GB cost 15, not the sum of 16 (Slurm TRES)', () => {
    const prices = { cpus: 1, memoryBytes: 0.25, gpus: 2 };
    const amounts = { cpus: 1, memoryBytes: 60, gpus: 0 };
    const costs = costsOf(amounts, prices);
    expect(costs.cpus + costs.memoryBytes + costs.gpus).toBe(16);
    expect(rateOf(amounts, prices)).toBe(15);
  });

  const gpu = (uuid: string, model: string, slots = 1) => ({ uuid, model, memoryBytes: 1, slots, usable: true });
  const machines = [
    { id: 'm', gpus: [gpu('g0', 'NVIDIA A100-SXM4-80GB'), gpu('g1', 'Tesla T4', 4)], memoryBytes: 100, cpus: 100 },
  ];
  const running = (user: string, gpuUuids: string[], more = {}) => ({
    id: 1,
    user,
    machineId: 'm',
    gpuUuids,
    numSlots: 1,
    memoryBytes: 0,
    cpus: 0,
    startedAt: NOW,
    ...more,
  });

  test('a job is charged at its start with its predicted use, and at its end with the real one', () => {
    const past = pastRun('a', NOW - 10 * DAY, { startedAt: NOW - 10 * DAY - 4 * HOUR });
    const policy = { kind: 'fair-share', halfLifeMs: DAY } as const;
    const at = (hours: number): number =>
      penaltyOf(
        'a',
        { ...nothing, machines, history: [past], running: [running('a', ['g0'])] },
        policy,
        NOW + hours * HOUR,
      );
    expect(at(0)).toBeCloseTo((0.5 * 4 * Math.LN2) / 24, 12);
    expect(at(2)).toBeCloseTo(0.5 * (1 - 2 ** (-2 / 24) + (2 * Math.LN2) / 24), 12);
    expect(at(6)).toBeCloseTo(0.5 * (1 - 2 ** (-6 / 24)), 12);
  });

  test('a GPU costs its weight, a slot of it its part', () => {
    const policy = { kind: 'fair-share', gpuWeights: { A100: 3 } } as const;
    const of = (gpuUuids: string[]): number =>
      penaltyOf('a', { ...nothing, machines, users: ['a'], running: [running('a', gpuUuids)] }, policy, NOW);
    expect(of(['g0']) / of(['g1'])).toBeCloseTo(12, 12);
  });

  test('a user with half the share weight has twice the penalty for the same use', () => {
    const history = [pastRun('a', NOW, { cpus: 1 }), pastRun('b', NOW, { cpus: 1 })];
    const all = penalties({ ...nothing, machines, history }, { kind: 'fair-share', shares: { a: 2 } }, NOW);
    expect((all.get('b') as number) / (all.get('a') as number)).toBeCloseTo(2, 12);
  });

  test('a GPU of more weight than its neighbours fills more of the site, and all of them make one whole', () => {
    const history = ['NVIDIA A100-SXM4-80GB', 'Tesla T4'].map((model) =>
      pastRun('a', NOW, { startedAt: NOW - 2000 * DAY, models: [model] }),
    );
    const policy = { kind: 'fair-share', gpuWeights: { A100: 3 } } as const;
    expect(penaltyOf('a', { ...nothing, machines, history }, policy, NOW)).toBeCloseTo(1, 12);
  });

  test('a user called like a member of every object has an ordinary share', () => {
    const history = [pastRun('constructor', NOW, { cpus: 1 }), pastRun('b', NOW, { cpus: 1 })];
    const all = penalties({ ...nothing, machines, history }, { kind: 'fair-share' }, NOW);
    expect(all.get('constructor')).toBe(all.get('b'));
  });
});
