import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyPolicy, anyWorld, NOW, pastRunOf, type World } from '../test/any-world.ts';
import { asRecorded, fidelityOf } from './fidelity.ts';
import { plan } from './plan.ts';
import type { Policy } from './policy.ts';
import { reportOf } from './report.ts';
import { simulate } from './simulate.ts';
import type { PastRun, QueuedJob, RunningJob } from './snapshot.ts';
import type { Trace, TraceJob } from './trace.ts';

type Job = World['jobs'][number] & { hasLimit: boolean; withdrawnAt?: number | undefined };

/** The queue with a clock of its own, as the server runs it: a plan at each end and each submission. */
function live(world: World, jobs: readonly Job[], policy: Policy, users: readonly string[]): Map<number, number> {
  const startedAt = new Map<number, number>();
  const history: PastRun[] = [...world.history];
  let running: (RunningJob & { realEndAt: number })[] = [];
  const moments = new Set(jobs.flatMap(({ queuedAt, withdrawnAt }) => [queuedAt, withdrawnAt ?? queuedAt]));
  for (let now = Math.min(...moments); Number.isFinite(now); ) {
    for (const job of running
      .filter(({ realEndAt }) => realEndAt <= now)
      .sort((a, b) => a.startedAt - b.startedAt || a.id - b.id)) {
      history.push(pastRunOf(world.machines, job, now));
    }
    running = running.filter(({ realEndAt }) => realEndAt > now);
    const queued = jobs
      .filter((job) => job.queuedAt <= now && !startedAt.has(job.id) && (job.withdrawnAt ?? Infinity) > now)
      .map(
        ({ runMs: _, hasLimit, withdrawnAt: _at, ...job }): QueuedJob => ({
          ...job,
          timeLimitMs: hasLimit ? job.timeLimitMs : undefined,
        }),
      );
    for (const start of plan({ machines: world.machines, queued, running, history, users }, policy, now).starts) {
      const job = jobs.find(({ id }) => id === start.jobId) as Job;
      startedAt.set(job.id, now);
      const limitEndAt = job.hasLimit ? now + (job.timeLimitMs ?? 0) : undefined;
      running.push({ ...job, ...start, startedAt: now, limitEndAt, realEndAt: now + job.runMs });
    }
    const next = [...moments, ...running.map(({ realEndAt }) => realEndAt)].filter((at) => at > now);
    now = Math.min(...next, Infinity);
  }
  return startedAt;
}

/** When a job is queued, whether it says how long it may run, and when it leaves if it has not started. */
const anyTiming = fc.record({
  minute: fc.integer({ min: 0, max: 120 }),
  hasLimit: fc.boolean(),
  leavesAfter: fc.integer({ min: 1, max: 400 }),
});

const anyRecord = anyWorld.chain((world) =>
  fc.tuple(...world.jobs.map(() => anyTiming)).map((timings) => {
    const machines = world.machines.map((machine) => ({
      ...machine,
      gpus: machine.gpus.map((gpu) => ({ ...gpu, usable: true })),
    }));
    const jobs = timings.flatMap(({ minute, hasLimit, leavesAfter }, at) => {
      const queuedAt = NOW + minute * 60_000;
      const withdrawnAt = leavesAfter < 60 ? queuedAt + leavesAfter * 60_000 : undefined;
      return world.jobs.slice(at, at + 1).map((job): Job => ({ ...job, queuedAt, hasLimit, withdrawnAt }));
    });
    // What no machine can run is refused at the door, and is in no record.
    const possible = jobs.filter((job) => {
      const alone = { machines, queued: [job], running: [], history: [] };
      return plan(alone, { kind: 'fifo' }, Number.MAX_SAFE_INTEGER).starts.length === 1;
    });
    possible.sort((a, b) => a.queuedAt - b.queuedAt || a.id - b.id);
    return { world: { ...world, machines }, jobs: possible.map((job, at) => ({ ...job, id: at + 1 })) };
  }),
);

function traceOf(
  { world, jobs }: { world: World; jobs: readonly Job[] },
  started: ReadonlyMap<number, number>,
  users: string[],
): Trace {
  return {
    machines: world.machines,
    unusable: 0,
    beginning: { at: NOW, history: world.history, running: [], users },
    jobs: jobs.map(
      ({ queuedAt, timeLimitMs, hasLimit, id, withdrawnAt, ...job }): TraceJob => ({
        ...job,
        id,
        submittedAt: queuedAt,
        requestedMs: hasLimit ? timeLimitMs : undefined,
        withdrawnAt: started.has(id) ? undefined : (withdrawnAt ?? Number.MAX_SAFE_INTEGER),
        recordedStartAt: started.get(id),
      }),
    ),
  };
}

describe('the recorded past of a queue', () => {
  test('played again under the policy in force gives the recorded starts, each at its time', () => {
    fc.assert(
      fc.property(anyRecord, anyPolicy, (record, policy) => {
        const users = ['ada', 'Bob', 'eve', 'mei'];
        const started = live(record.world, record.jobs, policy, users);
        const trace = traceOf(record, started, users);
        const played = simulate(trace, policy, { runTimes: 'learned' });
        const replayed = trace.jobs.map((_, at) => played.startedAt[at]);
        expect(replayed).toEqual(trace.jobs.map(({ recordedStartAt }) => recordedStartAt ?? Number.NaN));
        expect(fidelityOf(played)).toEqual({ jobs: started.size, inOrder: started.size });
        expect(reportOf(asRecorded(played))).toEqual(reportOf(played));
      }),
      { numRuns: 400 },
    );
  });

  test('the same input gives the same bytes', () => {
    fc.assert(
      fc.property(anyRecord, anyPolicy, (record, policy) => {
        const bytes = () => JSON.stringify(reportOf(simulate(traceOf(record, new Map(), []), policy)));
        expect(bytes()).toBe(bytes());
      }),
      { numRuns: 50 },
    );
  });
});
