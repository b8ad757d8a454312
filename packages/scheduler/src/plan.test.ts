import { describe, expect, test } from 'vitest';
import { plan } from './plan.ts';
import type { Policy } from './policy.ts';
import type { Gpu, Machine, QueuedJob, RunningJob, Snapshot } from './snapshot.ts';

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;
const GB = 2 ** 30;
const fifo: Policy = { kind: 'fifo' };

const gpu = (uuid: string, more: Partial<Gpu> = {}): Gpu => ({
  uuid,
  model: 'NVIDIA A100-SXM4-80GB',
  memoryBytes: 80 * GB,
  slots: 1,
  usable: true,
  ...more,
});

const machine = (gpus: Gpu[], more: Partial<Machine> = {}): Machine => ({
  id: 'm',
  gpus,
  memoryBytes: 256 * GB,
  cpus: 32,
  ...more,
});

const job = (id: number, more: Partial<QueuedJob> = {}): QueuedJob => ({
  id,
  user: 'ada',
  numGpus: 1,
  numSlots: 1,
  memoryBytes: GB,
  cpus: 1,
  queuedAt: NOW - HOUR + id,
  timeLimitMs: HOUR,
  ...more,
});

const running = (id: number, gpuUuids: string[], endsInMs: number, more: Partial<RunningJob> = {}): RunningJob => ({
  id,
  user: 'bob',
  machineId: 'm',
  gpuUuids,
  numSlots: 1,
  memoryBytes: GB,
  cpus: 1,
  startedAt: NOW - HOUR,
  expectedEndAt: NOW + endsInMs,
  ...more,
});

const snapshot = (gpus: Gpu[], queued: QueuedJob[], more: Partial<Snapshot> = {}): Snapshot => ({
  machines: [machine(gpus)],
  queued,
  running: [],
  history: [],
  ...more,
});

const startedIds = (given: Snapshot, policy: Policy = fifo): number[] =>
  plan(given, policy, NOW).starts.map(({ jobId }) => jobId);
const reasonOf = (id: number, given: Snapshot, policy: Policy = fifo) => plan(given, policy, NOW).reasons.get(id);

describe('order', () => {
  test('jobs of one user start in the order in which they were queued', () => {
    const queued = [job(3, { queuedAt: NOW - 1 }), job(1, { queuedAt: NOW - 3 }), job(2, { queuedAt: NOW - 2 })];
    expect(plan(snapshot([], queued), fifo, NOW).order).toEqual([1, 2, 3]);
  });

  test('ties of the penalty go by time, not by the name of the weekday', () => {
    // 1.0 sorted "Mon, 05.Jan 10:00" before "Sun, 04.Jan 10:00".
    const sunday = Date.UTC(2026, 0, 4, 10);
    const monday = Date.UTC(2026, 0, 5, 10);
    const queued = [job(1, { user: 'a', queuedAt: monday }), job(2, { user: 'b', queuedAt: sunday })];
    expect(plan(snapshot([], queued), { kind: 'recency' }, NOW).order).toEqual([2, 1]);
  });

  test('ids are compared as numbers when jobs were queued at the same moment', () => {
    const queued = [job(10, { queuedAt: NOW }), job(9, { queuedAt: NOW })];
    expect(plan(snapshot([], queued), fifo, NOW).order).toEqual([9, 10]);
  });

  test('the user with the lower penalty goes first, whatever the size and age of the jobs', () => {
    const past = { id: 1, user: 'ada', startedAt: NOW - HOUR, finishedAt: NOW, models: [], memoryBytes: 0, cpus: 32 };
    const queued = [job(1), job(2, { user: 'bob', numGpus: 2 })];
    for (const policy of [{ kind: 'recency' }, { kind: 'fair-share' }] as const) {
      expect(plan(snapshot([gpu('a'), gpu('b')], queued, { history: [past] }), policy, NOW).order).toEqual([2, 1]);
    }
  });

  test('under fair share a burst of one user does not slip through before another user has had a turn', () => {
    const queued = [job(1), job(2), job(3), job(4, { user: 'bob' })];
    const { order, starts } = plan(snapshot([gpu('a'), gpu('b')], queued), { kind: 'fair-share' }, NOW);
    expect(starts.map(({ jobId }) => jobId)).toEqual([1, 4]);
    expect(order).toEqual([1, 4, 2, 3]);
  });

  test('a higher priority class goes before any penalty', () => {
    const queued = [job(1), job(2, { user: 'bob', priority: 1 })];
    expect(plan(snapshot([], queued), fifo, NOW).order).toEqual([2, 1]);
  });

  test("a user's own order moves nobody else's job", () => {
    const queued = [
      job(1),
      job(2, { user: 'bob' }),
      job(3, { nice: -5 }),
      job(4, { user: 'bob' }),
      job(5, { ownRank: 0 }),
    ];
    expect(plan(snapshot([], queued), fifo, NOW).order).toEqual([3, 2, 5, 4, 1]);
  });
});

describe('fit', () => {
  test('a job gets as many distinct GPUs as it asks for', () => {
    const { starts } = plan(snapshot([gpu('a'), gpu('b'), gpu('c')], [job(1, { numGpus: 2 })]), fifo, NOW);
    expect(starts).toEqual([{ jobId: 1, machineId: 'm', gpuUuids: ['a', 'b'] }]);
  });

  test('a job without GPUs gets none, and needs none', () => {
    const { starts } = plan(snapshot([gpu('a')], [job(1, { numGpus: 0 })]), fifo, NOW);
    expect(starts).toEqual([{ jobId: 1, machineId: 'm', gpuUuids: [] }]);
  });

  test('slots are shared, and a shared GPU is filled before a whole one is opened', () => {
    const gpus = [gpu('a', { slots: 2 }), gpu('b', { slots: 2 })];
    const given = snapshot(gpus, [job(1), job(2, { numSlots: 2 })], { running: [running(9, ['b'], HOUR)] });
    expect(plan(given, fifo, NOW).starts.map(({ gpuUuids }) => gpuUuids)).toEqual([['b'], ['a']]);
  });

  test('two slots of two half-free GPUs are not two slots of one', () => {
    const gpus = [gpu('a', { slots: 2 }), gpu('b', { slots: 2 })];
    const given = snapshot(gpus, [job(1, { numSlots: 2 })], {
      running: [running(8, ['a'], HOUR), running(9, ['b'], HOUR)],
    });
    expect(startedIds(given)).toEqual([]);
    expect(reasonOf(1, given)?.text).toBe('1 GPU with 2 slots, 0 free');
  });

  test.each([
    ['memory', { memoryBytes: 200 * GB }, '200 GiB of memory, 56 GiB free'],
    ['CPUs', { cpus: 31 }, '31 CPUs, 12 free'],
  ])('%s of the machine are never over-committed', (_, needs, text) => {
    const given = snapshot([gpu('a'), gpu('b')], [job(1, needs)], {
      running: [running(9, ['a'], HOUR, { memoryBytes: 200 * GB, cpus: 20 })],
    });
    expect(startedIds(given)).toEqual([]);
    expect(reasonOf(1, given)?.text).toBe(text);
  });

  test('a GPU that is not usable is not used, and the job says why', () => {
    const gpus = [gpu('a'), gpu('b', { usable: false, blockedReason: 'drained: fan' })];
    const given = snapshot(gpus, [job(1, { numGpus: 2 }), job(2)]);
    expect(startedIds(given)).toEqual([2]);
    expect(reasonOf(1, given)).toMatchObject({ kind: 'out-of-use', usable: 1, why: ['drained: fan'] });
  });

  test('a GPU that a running job holds stays unusable when that job ends', () => {
    const gpus = [gpu('a', { usable: false })];
    const { reservations } = plan(snapshot(gpus, [job(1)], { running: [running(9, ['a'], HOUR)] }), fifo, NOW);
    expect(reservations).toEqual([]);
  });

  test('a model is asked for as people write it, and a minimum of memory is kept', () => {
    const gpus = [gpu('a'), gpu('b', { model: 'NVIDIA GeForce RTX 3090', memoryBytes: 24 * GB })];
    const wanted = [job(1, { gpuModels: ['rtx 3090'] }), job(2, { minGpuMemoryBytes: 40 * GB })];
    expect(plan(snapshot(gpus, wanted), fifo, NOW).starts.map(({ gpuUuids }) => gpuUuids)).toEqual([['b'], ['a']]);
  });

  test('the small GPU is taken where it does', () => {
    const gpus = [gpu('a'), gpu('b', { model: 'Tesla T4', memoryBytes: 16 * GB })];
    expect(plan(snapshot(gpus, [job(1)]), fifo, NOW).starts[0]?.gpuUuids).toEqual(['b']);
  });

  test('the tightest machine is taken, so that wide holes stay whole', () => {
    const wide = machine([gpu('a'), gpu('b'), gpu('c')], { id: 'wide' });
    const narrow = machine([gpu('d')], { id: 'narrow' });
    const bare = machine([], { id: 'bare' });
    const given = {
      ...snapshot([], [job(1), job(2, { numGpus: 0 }), job(3, { numGpus: 3 })]),
      machines: [wide, narrow, bare],
    };
    expect(plan(given, fifo, NOW).starts.map(({ machineId }) => machineId)).toEqual(['narrow', 'bare', 'wide']);
  });

  test('a job that no machine can ever run holds up nobody and says what is missing', () => {
    const given = snapshot([gpu('a')], [job(1, { numGpus: 4 }), job(2)]);
    for (const backfill of ['none', 'easy', 'conservative'] as const) {
      expect(startedIds(given, { kind: 'fifo', backfill })).toEqual([2]);
    }
    expect(reasonOf(1, given)).toMatchObject({ kind: 'impossible', text: '4 GPUs, the largest machine has 1' });
  });
});

describe('no starvation', () => {
  const busy = { running: [running(9, ['a'], 2 * HOUR)] };
  const gpus = [gpu('a'), gpu('b')];
  const wide = job(1, { numGpus: 2 });

  test('a wide job gets a reservation at the moment when enough GPUs become free', () => {
    expect(plan(snapshot(gpus, [wide], busy), fifo, NOW).reservations).toEqual([
      { jobId: 1, machineId: 'm', gpuUuids: ['a', 'b'], startAt: NOW + 2 * HOUR, estimate: false },
    ]);
    expect(reasonOf(1, snapshot(gpus, [wide], busy))?.text).toBe('2 GPUs at once, 1 free');
  });

  test('a short job flows around it, a long one waits', () => {
    const short = job(2, { timeLimitMs: 2 * HOUR });
    const long = job(3, { timeLimitMs: 2 * HOUR + 1 });
    const given = snapshot(gpus, [wide, long, short], busy);
    expect(startedIds(given)).toEqual([2]);
    expect(reasonOf(3, snapshot(gpus, [wide, long], busy))).toEqual({
      kind: 'kept',
      forJobIds: [1],
      text: 'what is free is kept for #1',
    });
  });

  test('a long job may take a GPU that the wide one does not need', () => {
    const given = snapshot([...gpus, gpu('c')], [wide, job(2, { timeLimitMs: 99 * HOUR })], {
      running: [running(8, ['a'], HOUR), running(9, ['b'], HOUR)],
    });
    expect(startedIds(given)).toEqual([2]);
  });

  test('without backfill nothing starts before the first one', () => {
    const given = snapshot(gpus, [wide, job(2, { timeLimitMs: 1 })], busy);
    expect(startedIds(given, { kind: 'fifo', backfill: 'none' })).toEqual([]);
    expect(reasonOf(2, given, { kind: 'fifo', backfill: 'none' })?.text).toBe('starts after #1');
  });

  test('easy protects only the first, conservative also those behind it', () => {
    const given = snapshot(
      gpus,
      [wide, job(2, { numGpus: 2 }), job(3, { timeLimitMs: 2.5 * HOUR, numGpus: 0, cpus: 32 })],
      {
        running: [running(9, ['a'], 2 * HOUR, { cpus: 1 })],
      },
    );
    const ofKind = (backfill: 'easy' | 'conservative') =>
      plan(given, { kind: 'fifo', backfill }, NOW).reservations.length;
    expect([ofKind('easy'), ofKind('conservative')]).toEqual([1, 3]);
  });

  test('a job without a limit is given a long run of its user, and its reservation says that this is an estimate', () => {
    const open = { timeLimitMs: undefined };
    const past = [1, 2].map((hours) => ({
      id: -hours,
      user: 'ada',
      startedAt: NOW - hours * HOUR,
      finishedAt: NOW,
      models: [],
      memoryBytes: 0,
      cpus: 0,
    }));
    const given = snapshot(gpus, [job(1, { ...open, numGpus: 2 }), job(2, { ...open, numGpus: 2 })], {
      ...busy,
      history: past,
    });
    expect(
      plan(given, fifo, NOW).reservations.map(({ startAt, estimate }) => [(startAt - NOW) / HOUR, estimate]),
    ).toEqual([
      [2, true],
      [4, true],
    ]);
  });

  test('a job that runs past its time moves the reservation and does not freeze it', () => {
    const late = { running: [running(9, ['a'], -HOUR, { startedAt: NOW - 10 * HOUR })] };
    expect(plan(snapshot(gpus, [wide], late), fifo, NOW).reservations[0]?.startAt).toBe(NOW + HOUR);
  });

  test('a job waits for its earliest start without holding anything', () => {
    const given = snapshot([gpu('a')], [job(1, { notBeforeAt: NOW + 1 }), job(2)]);
    expect(startedIds(given)).toEqual([2]);
    expect(reasonOf(1, given)?.kind).toBe('not-before');
  });
});

describe('limits', () => {
  const gpus = [gpu('a'), gpu('b'), gpu('c')];
  const three = [job(1), job(2), job(3)];
  const ofLimits = (limits: Policy['limits'], given = snapshot(gpus, three)) =>
    plan(given, { kind: 'fifo', limits }, NOW);

  test.each([
    [{ perUser: { runningJobs: 1 } }, 'at most 1 running job per user'],
    [{ perUser: { runningGpus: 1 } }, 'at most 1 GPU in use per user'],
    [{ total: { runningJobs: 1 } }, 'at most 1 running job in all'],
    [{ total: { runningGpus: 1 } }, 'at most 1 GPU in use in all'],
    [{ perUser: { runningJobs: 9 }, users: { ada: { runningJobs: 1 } } }, 'at most 1 running job per user'],
  ] as const)('%o: one job starts, the others wait with that reason and keep nothing', (limits, text) => {
    const { starts, reservations, reasons } = ofLimits(limits);
    expect(starts.map(({ jobId }) => jobId)).toEqual([1]);
    expect(reservations).toEqual([]);
    expect([2, 3].map((id) => reasons.get(id)?.text)).toEqual([text, text]);
  });

  test('what runs already counts', () => {
    const given = snapshot(gpus, three, { running: [running(9, ['a'], HOUR, { user: 'ada' })] });
    expect(ofLimits({ perUser: { runningGpus: 2 } }, given).starts.map(({ jobId }) => jobId)).toEqual([1]);
  });

  test('a job without GPUs is not stopped by a limit on GPUs, and a job over the limit holds up nobody', () => {
    const given = snapshot(gpus, [job(1, { numGpus: 2 }), job(2, { numGpus: 0 }), job(3)]);
    expect(ofLimits({ perUser: { runningGpus: 1 } }, given).starts.map(({ jobId }) => jobId)).toEqual([2, 3]);
  });

  test('of more waiting jobs than allowed only the first ones are looked at', () => {
    const given = snapshot([gpu('a')], [...three, job(4)], { running: [running(9, ['a'], HOUR)] });
    const { reservations, reasons } = ofLimits({ perUser: { queuedJobs: 2 } }, given);
    expect(reservations.map(({ jobId }) => jobId)).toEqual([1, 2]);
    expect(reasons.get(4)?.text).toBe('at most 2 waiting jobs per user');
  });
});

describe('jobs that wait for something else than room', () => {
  test('a job waits for the end or the success of others, in words, and holds up nobody', () => {
    const after = [
      { jobId: 7, success: true },
      { jobId: 8, success: false },
    ];
    const { starts, reasons } = plan(snapshot([gpu('a')], [job(1, { after }), job(2)]), fifo, NOW);
    expect(starts.map(({ jobId }) => jobId)).toEqual([2]);
    expect(reasons.get(1)).toEqual({
      kind: 'after',
      jobIds: [7, 8],
      text: 'starts when #7 has succeeded and #8 has ended',
    });
  });

  test('of an array no more run at once than it allows', () => {
    const array = { id: 1, maxParallel: 2 };
    const gpus = ['a', 'b', 'c', 'd'].map((uuid) => gpu(uuid));
    const queued = [2, 3, 4].map((id) => job(id, { array }));
    const given = snapshot(gpus, [...queued, job(5)], { running: [running(1, ['a'], HOUR, { array })] });
    const { starts, reasons } = plan(given, fifo, NOW);
    expect(starts.map(({ jobId }) => jobId)).toEqual([2, 5]);
    expect(reasons.get(3)).toMatchObject({ kind: 'array', text: 'at most 2 of the array #1 at once' });
  });
});

describe('GPU memory that jobs declare', () => {
  const shared = (uuid: string): Gpu => gpu(uuid, { slots: 4 });

  test('jobs share a GPU as long as the sum fits, and its slots', () => {
    const queued = [30, 30, 30, 15].map((size, at) => job(at + 1, { gpuMemoryBytes: size * GB }));
    const { starts, reasons } = plan(snapshot([shared('a')], queued), fifo, NOW);
    expect(starts.map(({ jobId }) => jobId)).toEqual([1, 2, 4]);
    expect(reasons.get(3)?.text).toBe('1 GPU with 30 GiB free, 0 free');
  });

  test('a job that declares nothing counts with the part that its slots are', () => {
    const queued = [job(1, { numSlots: 2 }), job(2, { gpuMemoryBytes: 41 * GB }), job(3, { gpuMemoryBytes: 40 * GB })];
    expect(plan(snapshot([shared('a')], queued), fifo, NOW).starts.map(({ jobId }) => jobId)).toEqual([1, 3]);
  });

  test('a reservation counts memory too, in a machine with two models', () => {
    const gpus = [shared('a'), gpu('t', { model: 'Tesla T4', memoryBytes: 16 * GB, slots: 4 })];
    const held = running(9, ['a'], HOUR, { gpuMemoryBytes: 60 * GB });
    const queued = [job(1, { gpuMemoryBytes: 30 * GB }), job(2, { gpuMemoryBytes: 10 * GB })];
    const { starts, reservations } = plan(snapshot(gpus, queued, { running: [held] }), fifo, NOW);
    expect(starts).toEqual([{ jobId: 2, machineId: 'm', gpuUuids: ['a'] }]);
    expect(reservations).toMatchObject([{ jobId: 1, gpuUuids: ['a'], startAt: NOW + HOUR }]);
  });
});
