import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyWorld, drain, NOW } from '../test/any-world.ts';
import { placesOf } from './own-order.ts';
import { plan } from './plan.ts';

test('jobs that swapped places keep them, and the jobs of others start when they would have started anyway', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      // One processor and jobs of one size, so that a place is a time.
      const machines = [{ id: 'm', gpus: [], memoryBytes: 0, cpus: 1 }];
      const jobs = world.jobs.map((job, at) => ({
        ...job,
        numGpus: 0,
        memoryBytes: 0,
        cpus: 1,
        runMs: 1000,
        timeLimitMs: 1000,
        queuedAt: at,
        priority: 0,
        gpuModels: undefined,
      }));
      const places = placesOf(jobs.filter(({ user }) => user === 'ada'));
      const startsWith = (queue: typeof jobs): Map<number, number> => {
        const starts = new Map<number, number>();
        drain({ machines, jobs: queue, history: [] }, { kind: 'fifo' }, ({ running }) => {
          for (const { id, user, startedAt } of running) if (user !== 'ada') starts.set(id, startedAt);
        });
        return starts;
      };
      const swapped = jobs.map((job) => ({ ...job, nice: 0, placeAt: places.get(job.id) }));
      expect(startsWith(swapped)).toEqual(startsWith(jobs.map((job) => ({ ...job, nice: 0 }))));
    }),
  );
});

test('the order is the one that nice and rank ask for', () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const jobs = world.jobs.map((job, at) => ({ ...job, queuedAt: (at % 2) * 100 + at }));
      const given = { ...world, running: [], machines: [] };
      const users = new Set(jobs.map(({ user }) => user));
      const places = new Map([...users].flatMap((name) => [...placesOf(jobs.filter(({ user }) => user === name))]));
      const swapped = jobs.map((job) => ({ ...job, nice: 0, placeAt: places.get(job.id) }));
      const ofUser = (user: string, order: number[]): number[] => order.filter((id) => jobs[id - 1]?.user === user);
      const before = plan({ ...given, queued: jobs }, { kind: 'fifo' }, NOW).order;
      const after = plan({ ...given, queued: swapped }, { kind: 'fifo' }, NOW).order;
      for (const user of users) expect(ofUser(user, after)).toEqual(ofUser(user, before));
    }),
  );
});
