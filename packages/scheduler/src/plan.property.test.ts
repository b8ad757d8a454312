import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyPlainWorld, anyPolicy, anyWorld, drain, NOW, USERS, type World } from '../test/any-world.ts';
import { plan } from './plan.ts';
import type { Backfill, Policy } from './policy.ts';
import { gpuMemoryOn, type QueuedJob, type Snapshot } from './snapshot.ts';

function expectNothingOverCommitted({ machines, running }: Snapshot): void {
  for (const machine of machines) {
    const here = running.filter(({ machineId }) => machineId === machine.id);
    expect(here.reduce((sum, job) => sum + job.memoryBytes, 0)).toBeLessThanOrEqual(machine.memoryBytes);
    expect(here.reduce((sum, job) => sum + job.cpus, 0)).toBeLessThanOrEqual(machine.cpus);
    for (const gpu of machine.gpus) {
      const users = here.filter(({ gpuUuids }) => gpuUuids.includes(gpu.uuid));
      expect(users.reduce((sum, job) => sum + job.numSlots, 0)).toBeLessThanOrEqual(gpu.usable ? gpu.slots : 0);
      const taken = users.reduce((sum, job) => sum + gpuMemoryOn(gpu, job), 0);
      expect(taken).toBeLessThanOrEqual(gpu.memoryBytes * (1 + 1e-6));
    }
  }
  for (const job of running) expect(new Set(job.gpuUuids).size).toBe(job.gpuUuids.length);
}

/** Could the job run on one of the machines if nothing else did. */
const couldRun = ({ machines }: World, job: QueuedJob): boolean =>
  plan({ machines, queued: [job], running: [], history: [] }, { kind: 'fifo' }, NOW).starts.length === 1;

describe('for any machines, jobs, past and policy', () => {
  test('nothing is ever over-committed and the queue drains', () => {
    fc.assert(
      fc.property(anyWorld, anyPolicy, (world, policy) => {
        const left = drain(world, policy, expectNothingOverCommitted);
        expect(left.filter((job) => couldRun(world, job))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('the first one of the order starts when it fits', () => {
    fc.assert(
      fc.property(anyWorld, anyPolicy, (world, policy) => {
        const { order, starts } = plan({ ...world, queued: world.jobs, running: [] }, policy, NOW);
        const first = world.jobs.find(({ id }) => id === order[0]);
        fc.pre(first !== undefined && couldRun(world, first));
        expect(starts[0]?.jobId).toBe(order[0]);
      }),
    );
  });

  test('every queued job is in the order once, and starts or has a reason', () => {
    fc.assert(
      fc.property(anyWorld, anyPolicy, (world, policy) => {
        const { order, starts, reasons } = plan({ ...world, queued: world.jobs, running: [] }, policy, NOW);
        expect(order.toSorted((a, b) => a - b)).toEqual(world.jobs.map(({ id }) => id));
        const told = [...starts.map(({ jobId }) => jobId), ...reasons.keys()];
        expect(told.toSorted((a, b) => a - b)).toEqual(world.jobs.map(({ id }) => id));
        for (const { text } of reasons.values()) expect(text).toMatch(/^[^.]+(\.\d[^.]*)*$/);
      }),
    );
  });

  test('new names for the users change nothing', () => {
    fc.assert(
      fc.property(anyWorld, anyPolicy, fc.shuffledSubarray(USERS, { minLength: 4 }), (world, policy, names) => {
        const rename = <T extends { user: string }>(item: T): T => ({
          ...item,
          user: names[USERS.indexOf(item.user)] ?? '',
        });
        const before = plan({ ...world, queued: world.jobs, running: [] }, policy, NOW);
        const after = plan(
          { ...world, queued: world.jobs.map(rename), history: world.history.map(rename), running: [] },
          policy,
          NOW,
        );
        expect(after).toEqual(before);
      }),
    );
  });

  test('no job that starts out of order delays a reservation made before it', () => {
    fc.assert(
      fc.property(anyPlainWorld, fc.constantFrom<Backfill>('conservative', 'easy'), (world, backfill) => {
        const policy: Policy = { kind: 'fifo', backfill };
        const [running, queued] = [world.jobs.slice(0, 5), world.jobs.slice(5)];
        const first = plan({ machines: world.machines, history: [], queued: running, running: [] }, policy, NOW);
        const held = first.starts.map((start) => {
          const job = world.jobs.find(({ id }) => id === start.jobId) as (typeof world.jobs)[number];
          return { ...job, ...start, startedAt: NOW, expectedEndAt: NOW + job.runMs };
        });
        const given = { machines: world.machines, history: [], queued, running: held };
        const { order, reservations } = plan(given, policy, NOW);
        for (const reservation of reservations) {
          const upToIt = new Set(order.slice(0, order.indexOf(reservation.jobId) + 1));
          const alone = plan({ ...given, queued: queued.filter(({ id }) => upToIt.has(id)) }, policy, NOW);
          expect(alone.reservations.at(-1)).toEqual(reservation);
        }
      }),
    );
  });

  test('under fifo the first waiting job starts no later than promised, whatever is filled in around it', () => {
    fc.assert(
      fc.property(anyPlainWorld, fc.constantFrom<Backfill>('conservative', 'easy'), (world, backfill) => {
        const policy: Policy = { kind: 'fifo', backfill };
        const promised = new Map<number, number>();
        drain(world, policy, (snapshot, now) => {
          for (const job of snapshot.running) {
            expect(job.startedAt).toBeLessThanOrEqual(promised.get(job.id) ?? now);
          }
          const [first] = plan(snapshot, policy, now).reservations;
          if (first) promised.set(first.jobId, Math.min(first.startAt, promised.get(first.jobId) ?? first.startAt));
        });
      }),
    );
  });
});
