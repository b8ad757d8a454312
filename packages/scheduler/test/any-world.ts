// Random sites, queues and pasts for the property tests, and a clock that drains them.
import * as fc from 'fast-check';
import { gpuShareOf } from '../src/charge.ts';
import { weightOf } from '../src/gpu-model.ts';
import { plan } from '../src/plan.ts';
import type { Backfill, Policy } from '../src/policy.ts';
import type { Machine, PastRun, QueuedJob, RunningJob, Snapshot } from '../src/snapshot.ts';

export const NOW = 1_000_000;
const MINUTE = 60_000;
export const USERS = ['ada', 'Bob', 'eve', 'mei'];
const MODELS = ['NVIDIA A100-SXM4-80GB', 'Tesla T4'];

const anyMachine = fc.record({
  gpus: fc.array(
    fc.record({
      model: fc.constantFrom(...MODELS),
      memoryBytes: fc.constantFrom(16, 80),
      slots: fc.integer({ min: 1, max: 3 }),
      usable: fc.boolean(),
    }),
    { maxLength: 4 },
  ),
  memoryBytes: fc.integer({ min: 1, max: 20 }),
  cpus: fc.integer({ min: 1, max: 8 }),
});

const anyJob = fc.record({
  user: fc.constantFrom(...USERS),
  numGpus: fc.integer({ min: 0, max: 3 }),
  numSlots: fc.integer({ min: 1, max: 3 }),
  memoryBytes: fc.integer({ min: 0, max: 12 }),
  cpus: fc.integer({ min: 0, max: 5 }),
  queuedAt: fc.integer({ min: 0, max: 5 }),
  runMs: fc.integer({ min: 1, max: 90 }).map((minutes) => minutes * MINUTE),
  priority: fc.constantFrom(0, 0, 0, 1),
  nice: fc.constantFrom(0, 0, 3),
  model: fc.constantFrom(undefined, undefined, ...MODELS),
  gpuMemoryBytes: fc.constantFrom(undefined, undefined, 5, 30),
});

const anyPast = fc.record({
  user: fc.constantFrom(...USERS),
  ago: fc.integer({ min: 0, max: 1000 }),
  cpus: fc.integer({ min: 0, max: 8 }),
});

export const anyPolicy: fc.Arbitrary<Policy> = fc
  .record({
    kind: fc.constantFrom('fair-share', 'recency', 'fifo'),
    backfill: fc.constantFrom<Backfill>('conservative', 'easy', 'none'),
    protectedJobs: fc.integer({ min: 0, max: 4 }),
  })
  .map((policy) => policy as Policy);

export interface World {
  machines: Machine[];
  jobs: (QueuedJob & { runMs: number })[];
  history: PastRun[];
}

export const anyWorld: fc.Arbitrary<World> = fc
  .record({
    machines: fc.array(anyMachine, { minLength: 1, maxLength: 3 }),
    jobs: fc.array(anyJob, { maxLength: 14 }),
    past: fc.array(anyPast, { maxLength: 6 }),
  })
  .map(({ machines, jobs, past }) => ({
    machines: machines.map((machine, at) => ({
      ...machine,
      id: `m${at}`,
      gpus: machine.gpus.map((gpu, position) => ({ ...gpu, uuid: `GPU-${at}-${position}` })),
    })),
    jobs: jobs.map(({ model, runMs, ...job }, at) => ({
      ...job,
      id: at + 1,
      runMs,
      timeLimitMs: runMs,
      gpuModels: model ? [model] : undefined,
    })),
    history: past.map(({ user, ago, cpus }, at) => ({
      id: -at,
      user,
      startedAt: NOW - ago * 2,
      finishedAt: NOW - ago,
      models: [],
      memoryBytes: 0,
      cpus,
    })),
  }));

/** Without wishes of the users' own, so that a job's place does not depend on the other jobs of its user. */
export const anyPlainWorld = anyWorld.map((world) => ({
  ...world,
  jobs: world.jobs.map((job) => ({ ...job, nice: 0 })),
}));

/** What the history says of a job that has just ended. */
export function pastRunOf(machines: readonly Machine[], job: RunningJob, finishedAt: number): PastRun {
  const gpus = machines.flatMap((machine) => machine.gpus).filter(({ uuid }) => job.gpuUuids.includes(uuid));
  const { id, user, startedAt, memoryBytes, cpus } = job;
  const whole = gpus.reduce((sum, { model }) => sum + weightOf(model), 0);
  const held = gpus.reduce((sum, gpu) => sum + weightOf(gpu.model) * gpuShareOf(job, gpu), 0);
  return {
    id,
    user,
    startedAt,
    finishedAt,
    models: gpus.map(({ model }) => model),
    gpuShare: whole > 0 ? held / whole : undefined,
    memoryBytes,
    cpus,
  };
}

/** Runs the queue with a clock of its own: jobs run exactly as long as their limit. Calls back after every pass. */
export function drain(world: World, policy: Policy, seen: (snapshot: Snapshot, now: number) => void): QueuedJob[] {
  const jobs = new Map(world.jobs.map((job) => [job.id, job]));
  const history = [...world.history];
  let queued: QueuedJob[] = [...world.jobs];
  let running: RunningJob[] = [];
  let now = NOW;
  for (let pass = 0; pass < 10 * world.jobs.length + 2; pass += 1) {
    const { starts } = plan({ machines: world.machines, queued, running, history }, policy, now);
    for (const start of starts) {
      const job = jobs.get(start.jobId) as (typeof world.jobs)[number];
      running.push({ ...job, ...start, startedAt: now, expectedEndAt: now + job.runMs });
    }
    queued = queued.filter(({ id }) => !starts.some(({ jobId }) => jobId === id));
    seen({ machines: world.machines, queued, running, history }, now);
    if (running.length === 0) return queued;
    now = Math.min(...running.map(({ expectedEndAt }) => expectedEndAt as number));
    for (const job of running.filter(({ expectedEndAt }) => expectedEndAt === now)) {
      history.push(pastRunOf(world.machines, job, now));
    }
    running = running.filter(({ expectedEndAt }) => expectedEndAt !== now);
  }
  throw new Error('The queue did not come to rest.');
}
