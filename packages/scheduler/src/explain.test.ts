import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyPlainWorld, NOW, type World } from '../test/any-world.ts';
import type { Alternative, Blocker } from './blockers.ts';
import { explain } from './explain.ts';
import { GpuWishes } from './gpu-wish.ts';
import { type Plan, plan, type Start } from './plan.ts';
import type { Limits, Policy } from './policy.ts';
import { Room } from './room.ts';
import { type Gpu, gpuMemoryOn, type Machine, type QueuedJob, type RunningJob, type Snapshot } from './snapshot.ts';

const HOUR = 3_600_000;
const GB = 2 ** 30;
const MUCH = 1e6;

/** The machine with plenty of what the blockers say is missing. */
function relieved(machine: Machine, job: QueuedJob, { model }: Alternative, blockers: readonly Blocker[]): Machine {
  const blocked = (resource: string): boolean =>
    blockers.some((one) => one.kind !== 'rule' && one.resource === resource);
  const fresh = Array.from(
    { length: blocked('gpus') ? job.numGpus : 0 },
    (_, at): Gpu => ({
      uuid: `fresh-${at}`,
      model: model ?? job.gpuModels?.[0] ?? 'any',
      memoryBytes: MUCH,
      slots: job.numSlots,
      usable: true,
    }),
  );
  return {
    ...machine,
    gpus: [...machine.gpus, ...fresh],
    memoryBytes: machine.memoryBytes + (blocked('memory') ? MUCH : 0),
    cpus: machine.cpus + (blocked('cpus') ? MUCH : 0),
  };
}

/** Puts everything on the machine that was there at the job's turn, and asks whether the job can start. */
function canStart(
  world: World,
  { order, starts, reservations }: Plan,
  job: QueuedJob,
  machine: Machine,
  model?: string,
): boolean {
  const room = new Room(machine, NOW, true);
  const before = new Set(order.slice(0, order.indexOf(job.id)));
  const holdingOf = ({ jobId, gpuUuids }: Start) => {
    const holder = world.jobs.find(({ id }) => id === jobId);
    if (!holder) throw new Error(`No job ${jobId}.`);
    const gpus = gpuUuids.map((uuid) => machine.gpus.findIndex((gpu) => gpu.uuid === uuid));
    const gpuMemory = gpus.flatMap((gpu) => machine.gpus.slice(gpu, gpu + 1)).map((gpu) => gpuMemoryOn(gpu, holder));
    return { ...holder, jobId, gpus, gpuMemory, startedAt: NOW, endAt: NOW + holder.runMs };
  };
  const here = (start: Start): boolean => start.machineId === machine.id && before.has(start.jobId);
  for (const start of starts.filter(here)) room.occupy(holdingOf(start));
  for (const reservation of reservations.filter(here)) {
    const holding = holdingOf(reservation);
    room.reserve(holding, reservation.startAt, reservation.startAt + holding.runMs);
  }
  const asked = model === undefined ? job : { ...job, gpuModels: [model] };
  return room.placeNow(asked, new GpuWishes().of(asked), job.timeLimitMs ?? 0) !== undefined;
}

type RuledWorld = Omit<World, 'jobs'> & Pick<Snapshot, 'running'> & { jobs: QueuedJob[]; policy: Policy };

const anyLimits: fc.Arbitrary<Limits> = fc.record({
  runningJobs: fc.constantFrom(undefined, undefined, 0, 1, 2),
  runningGpus: fc.constantFrom(undefined, undefined, 0, 1, 3),
  queuedJobs: fc.constantFrom(undefined, undefined, undefined, 0),
});

/** With all that may bar a job beside what is free, some jobs that run already, and nothing set aside for anyone. */
const anyRuledWorld: fc.Arbitrary<RuledWorld> = fc
  .record({
    world: anyPlainWorld,
    rules: fc.array(
      fc.record({
        notBeforeAt: fc.constantFrom(undefined, undefined, NOW - 1, NOW + 1),
        after: fc.constantFrom(undefined, undefined, [{ jobId: 99, success: true }]),
        array: fc.constantFrom(undefined, undefined, { id: 50, maxParallel: 1 }, { id: 60, maxParallel: 2 }),
        minGpuMemoryBytes: fc.constantFrom(undefined, undefined, undefined, 40),
      }),
      { minLength: 14, maxLength: 14 },
    ),
    perUser: anyLimits,
    total: anyLimits,
    ofAda: fc.constantFrom(undefined, { runningJobs: 1 }),
    kind: fc.constantFrom('fifo' as const, 'fair-share' as const),
    running: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ world, rules, perUser, total, ofAda, kind, running }) => {
    const jobs = world.jobs.map((job, at): QueuedJob => ({ ...job, ...rules[at] }));
    const limits = { perUser, total, ...(ofAda && { users: { ada: ofAda } }) };
    const policy: Policy = { kind, backfill: 'conservative', protectedJobs: 0, limits };
    // The first ones run already, as far as there is room, whatever the rules say.
    const free = jobs
      .slice(0, running)
      .map((job) => ({ ...job, notBeforeAt: undefined, after: undefined, array: undefined }));
    const begun = plan({ ...world, queued: free, running: [] }, { kind: 'fifo' }, NOW);
    const runs = begun.starts.map((start) => runningJob(jobs, start));
    return { ...world, policy, running: runs, jobs: jobs.filter(({ id }) => !runs.some((one) => one.id === id)) };
  });

function runningJob(jobs: readonly QueuedJob[], { jobId, ...place }: Start): RunningJob {
  const job = jobs.find(({ id }) => id === jobId);
  if (!job) throw new Error(`No job ${jobId}.`);
  const { id, user, numSlots, gpuMemoryBytes, memoryBytes, cpus, array, timeLimitMs } = job;
  const ask = { id, user, numSlots, gpuMemoryBytes, memoryBytes, cpus, array };
  return { ...ask, ...place, startedAt: NOW, limitEndAt: NOW + (timeLimitMs ?? HOUR) };
}

/** The job and the policy without these rules; what is no rule is left to the machine. */
function withoutRules(job: QueuedJob, policy: Policy, blockers: readonly Blocker[]): [QueuedJob, Policy] {
  let free = job;
  let { perUser, total } = policy.limits ?? {};
  const own = { ...perUser, ...policy.limits?.users?.[job.user] };
  for (const blocker of blockers) {
    if (blocker.kind !== 'rule') continue;
    const { rule } = blocker;
    if (rule.kind === 'not-before') free = { ...free, notBeforeAt: undefined };
    if (rule.kind === 'after') free = { ...free, after: undefined };
    if (rule.kind === 'array') free = { ...free, array: { id: rule.arrayId, maxParallel: 1000 } };
    if (rule.kind !== 'limit') continue;
    if (rule.scope === 'total') total = { ...total, [rule.limit]: undefined };
    else own[rule.limit] = undefined;
  }
  perUser = own;
  return [free, { ...policy, limits: { perUser, total } }];
}

/** What runs at the job's turn runs, nobody else waits, and only this machine is left, with what is missing on it. */
function stateAtTurnOf(
  snapshot: Snapshot,
  { order, starts }: Plan,
  job: QueuedJob,
  alternative: Alternative,
  blockers: readonly Blocker[],
): Snapshot {
  const before = new Set(order.slice(0, order.indexOf(job.id)));
  const begun = starts.filter(({ jobId }) => before.has(jobId)).map((start) => runningJob(snapshot.queued, start));
  const asked = alternative.model === undefined ? job : { ...job, gpuModels: [alternative.model] };
  return {
    ...snapshot,
    machines: snapshot.machines.map((machine) =>
      machine.id === alternative.machineId
        ? relieved(machine, job, alternative, blockers)
        : { ...machine, gpus: [], memoryBytes: -1, cpus: -1 },
    ),
    queued: [asked],
    running: [...snapshot.running, ...begun],
  };
}

describe('for any waiting job and any alternative', () => {
  const policies: Policy[] = [{ kind: 'fifo' }, { kind: 'fifo', backfill: 'easy' }, { kind: 'fair-share' }];

  test('without all its blockers it starts there, with any one of them left it does not', () => {
    fc.assert(
      fc.property(anyPlainWorld, fc.constantFrom(...policies), (world, policy) => {
        const snapshot = { ...world, queued: world.jobs, running: [] };
        const planned = plan(snapshot, policy, NOW);
        for (const id of planned.reasons.keys()) {
          const job = world.jobs.find((one) => one.id === id);
          const explained = explain(id, snapshot, policy, NOW);
          if (!job || !explained) throw new Error('A waiting job is not explained.');
          expect(explained.alternatives).not.toEqual([]);
          for (const alternative of explained.alternatives) {
            const machine = world.machines.find((one) => one.id === alternative.machineId);
            if (!machine) throw new Error('No such machine.');
            const startsWithout = (blockers: readonly Blocker[]): boolean =>
              canStart(world, planned, job, relieved(machine, job, alternative, blockers), alternative.model);
            expect(alternative.blockers).not.toEqual([]);
            expect(startsWithout(alternative.blockers)).toBe(true);
            for (const left of alternative.blockers) {
              expect(startsWithout(alternative.blockers.filter((one) => one !== left))).toBe(false);
            }
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('rules are blockers like any other: the plan of the same state without all of them starts it, without all but one does not', () => {
    fc.assert(
      fc.property(anyRuledWorld, (world) => {
        const { jobs, policy, ...rest } = world;
        const snapshot: Snapshot = { ...rest, queued: jobs };
        const planned = plan(snapshot, policy, NOW);
        for (const id of planned.reasons.keys()) {
          const explained = explain(id, snapshot, policy, NOW);
          const job = jobs.find((one) => one.id === id);
          if (!job || !explained) throw new Error('A waiting job is not explained.');
          for (const alternative of explained.alternatives) {
            const startsWithout = (blockers: readonly Blocker[]): boolean => {
              const [free, freed] = withoutRules(job, policy, blockers);
              const state = stateAtTurnOf(snapshot, planned, free, alternative, blockers);
              return plan(state, freed, NOW).starts.some(({ jobId }) => jobId === id);
            };
            expect(startsWithout(alternative.blockers)).toBe(true);
            for (const left of alternative.blockers) {
              expect(startsWithout(alternative.blockers.filter((one) => one !== left))).toBe(false);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('each change is tried: the plan with the changed job starts it when the answer says so', () => {
    fc.assert(
      fc.property(anyPlainWorld, fc.constantFrom(...policies), (world, policy) => {
        const snapshot = { ...world, queued: world.jobs, running: [] };
        const planned = plan(snapshot, policy, NOW);
        for (const id of planned.reasons.keys()) {
          const explained = explain(id, snapshot, policy, NOW);
          const promised = planned.reservations.find(({ jobId }) => jobId === id);
          expect([undefined, explained?.startAt]).toContain(promised?.startAt);
          for (const { job, startAt } of explained?.counterfactuals ?? []) {
            const queued = world.jobs.map((one) => (one.id === id ? { ...one, ...job } : one));
            const startsNow = plan({ ...snapshot, queued }, policy, NOW).starts.some(({ jobId }) => jobId === id);
            expect(startsNow).toBe(startAt === NOW);
          }
        }
      }),
    );
  });
});

describe('in words', () => {
  const gpu = (uuid: string, model = 'NVIDIA A100-SXM4-80GB'): Gpu => ({
    uuid,
    model,
    memoryBytes: 80 * GB,
    slots: 1,
    usable: true,
  });
  const job = (id: number, more: Partial<QueuedJob> = {}): QueuedJob => ({
    id,
    user: 'ada',
    numGpus: 1,
    numSlots: 1,
    memoryBytes: GB,
    cpus: 1,
    queuedAt: id,
    timeLimitMs: 4 * HOUR,
    ...more,
  });
  const holder = {
    id: 9,
    user: 'bob',
    machineId: 'm',
    gpuUuids: ['a'],
    numSlots: 1,
    memoryBytes: 60 * GB,
    cpus: 1,
    startedAt: NOW - 1,
  };
  const snapshot = (queued: QueuedJob[], more: Partial<Snapshot> = {}): Snapshot => ({
    machines: [{ id: 'm', gpus: [gpu('a'), gpu('b')], memoryBytes: 64 * GB, cpus: 8 }],
    queued,
    running: [{ ...holder, expectedEndAt: NOW + 2 * HOUR }],
    history: [],
    ...more,
  });
  const fifo: Policy = { kind: 'fifo' };

  test('every blocker at once with what does not block, and when it would start', () => {
    const explained = explain(1, snapshot([job(1, { numGpus: 2, memoryBytes: 8 * GB })]), fifo, NOW);
    expect(explained).toMatchObject({ position: 1, startAt: NOW + 2 * HOUR });
    expect(explained?.alternatives).toMatchObject([
      {
        machineId: 'm',
        startAt: NOW + 2 * HOUR,
        blockers: [
          { resource: 'gpus', kind: 'short', text: '2 GPUs, 1 free' },
          { resource: 'memory', kind: 'short', text: '8 GiB, 4 GiB free' },
        ],
        clear: [{ resource: 'cpus', text: '1 CPU, 7 free' }],
      },
    ]);
  });

  test('what would change it: each tried, also when there is no gain', () => {
    const wide = explain(1, snapshot([job(1, { numGpus: 2 })]), fifo, NOW);
    expect(wide?.counterfactuals).toMatchObject([{ text: 'with 1 GPU', startAt: NOW, gainMs: 2 * HOUR }]);
    const both = explain(1, snapshot([job(1, { numGpus: 2, memoryBytes: 8 * GB })]), fifo, NOW);
    expect(both?.counterfactuals).toMatchObject([
      { text: 'with 1 GPU', startAt: NOW + 2 * HOUR, gainMs: 0 },
      { text: 'with 4 GiB of memory', startAt: NOW + 2 * HOUR, gainMs: 0 },
    ]);
  });

  test('a job that is only in the way of others is told how short it would have to be', () => {
    const explained = explain(2, snapshot([job(1, { numGpus: 2 }), job(2)]), fifo, NOW);
    expect(explained?.alternatives[0]?.blockers).toMatchObject([{ resource: 'gpus', kind: 'kept' }]);
    expect(explained?.counterfactuals).toMatchObject([
      { text: 'with a time limit of 2 h', startAt: NOW, gainMs: 6 * HOUR },
    ]);
  });

  test('in a machine with two models each is an alternative of its own, and the other model may be the answer', () => {
    const machines = [{ id: 'm', gpus: [gpu('a'), gpu('b', 'Tesla T4')], memoryBytes: 64 * GB, cpus: 8 }];
    const explained = explain(1, snapshot([job(1, { gpuModels: ['A100'] })], { machines }), fifo, NOW);
    expect(explained?.counterfactuals).toMatchObject([{ text: 'on any GPU model', startAt: NOW }]);
    const any = explain(1, snapshot([job(1, { numGpus: 2 })], { machines }), fifo, NOW);
    expect(any?.alternatives.map(({ model }) => model)).toEqual([undefined, 'NVIDIA A100-SXM4-80GB', 'Tesla T4']);
  });

  test('a limit and an earliest start are blockers too', () => {
    const limits = { perUser: { runningJobs: 0 } };
    const limited = explain(1, snapshot([job(1)]), { kind: 'fifo', limits }, NOW);
    expect(limited?.startAt).toBeUndefined();
    expect(limited?.alternatives[0]?.blockers).toMatchObject([
      { kind: 'rule', text: 'at most 0 running jobs per user' },
    ]);
    expect(explain(1, snapshot([job(1, { notBeforeAt: NOW + HOUR })]), fifo, NOW)?.startAt).toBe(NOW + HOUR);
  });

  test('a job that starts has nothing to explain, one that is not queued has no explanation', () => {
    expect(explain(1, snapshot([job(1)]), fifo, NOW)).toEqual({
      jobId: 1,
      position: 1,
      startAt: NOW,
      alternatives: [],
      counterfactuals: [],
    });
    expect(explain(7, snapshot([job(1)]), fifo, NOW)).toBeUndefined();
  });
});
