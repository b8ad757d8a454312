import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseClusterCsv } from './cluster-csv.ts';
import type { Backfill, Policy } from './policy.ts';
import { reportOf } from './report.ts';
import { simulate } from './simulate.ts';
import { parseSwf } from './swf.ts';
import type { Trace, TraceJob } from './trace.ts';

const SECOND = 1000;

type Sized = [submit: number, run: number, processors: number, requested?: number | undefined, user?: string];

const traceOf = (processors: number, jobs: Sized[]): Trace => ({
  machines: [{ id: 'm', gpus: [], memoryBytes: 0, cpus: processors }],
  jobs: jobs.map(
    ([submit, run, cpus, requested, user = 'u']): TraceJob => ({
      user,
      submittedAt: submit * SECOND,
      runMs: run * SECOND,
      requestedMs: requested === undefined ? undefined : requested * SECOND,
      numGpus: 0,
      numSlots: 1,
      memoryBytes: 0,
      cpus,
    }),
  ),
  unusable: 0,
});

const startsOf = (trace: Trace, policy: Policy, runTimes: 'perfect' | 'requested' = 'perfect'): number[] =>
  [...simulate(trace, policy, { runTimes }).startedAt].map((at) => at / SECOND);

const fifo = (backfill: Backfill): Policy => ({ kind: 'fifo', backfill });

describe('a schedule worked out by hand: 4 processors', () => {
  //        submit run procs
  const trace = traceOf(4, [
    [0, 10, 3],
    [1, 10, 4], // the first one to wait: at 10
    [2, 8, 1], // ends at 10: no harm to anyone
    [3, 9, 1], // would end at 12 on a processor that the second needs
    [4, 5, 4],
  ]);

  test.each([
    ['none', [0, 10, 20, 20, 29]],
    ['easy', [0, 10, 2, 20, 29]],
    ['conservative', [0, 10, 2, 20, 29]],
  ] as const)('backfill %s', (backfill, expected) => {
    expect(startsOf(trace, fifo(backfill))).toEqual(expected);
  });

  test('conservative keeps the promise to the second one that easy breaks', () => {
    const three = traceOf(4, [
      [0, 10, 3],
      [1, 10, 2], // waits until 10
      [2, 10, 4], // conservative: promised 20
      [3, 18, 1], // easy starts it at once: it uses a processor that the head leaves over, until 21
    ]);
    expect(startsOf(three, fifo('easy'))).toEqual([0, 10, 21, 3]);
    expect(startsOf(three, fifo('conservative'))).toEqual([0, 10, 20, 30]);
  });

  test('the planner may believe what users asked for', () => {
    const asked = traceOf(2, [
      [0, 5, 1, 100],
      [0, 10, 2, 10],
      [0, 5, 1, 200],
    ]);
    expect(startsOf(asked, fifo('easy'), 'perfect')).toEqual([0, 5, 0]);
    expect(startsOf(asked, fifo('easy'), 'requested')).toEqual([0, 5, 15]);
  });
});

test('at the same second ends come first, then submissions, then starts', () => {
  expect(
    startsOf(
      traceOf(1, [
        [0, 5, 1],
        [5, 5, 1],
        [10, 0, 1],
        [10, 1, 1],
      ]),
      fifo('none'),
    ),
  ).toEqual([0, 5, 10, 10]);
});

test('a job that is bigger than the machine is skipped and stops nobody', () => {
  const trace = traceOf(2, [
    [0, 5, 3],
    [0, 5, 2],
  ]);
  expect(reportOf(simulate(trace, fifo('none')))).toMatchObject({ jobs: 1, skipped: 1, mean_wait_s: 0 });
});

test('figures: waits, bounded slowdown with 10 s, utilization, fairness', () => {
  const trace = traceOf(2, [
    [0, 100, 2, undefined, 'a'],
    [0, 5, 1, undefined, 'b'],
    [50, 20, 1, undefined, 'b'],
  ]);
  const slowdowns = [1, (100 + 5) / 10, (50 + 20) / 20] as const;
  const ofB = (slowdowns[1] + slowdowns[2]) / 2;
  const report = reportOf(simulate(trace, fifo('easy')));
  expect(report).toMatchObject({
    jobs: 3,
    skipped: 0,
    mean_wait_s: 50,
    p50_wait_s: 50,
    p95_wait_s: 95,
    makespan_s: 120,
  });
  expect(report.mean_bounded_slowdown).toBeCloseTo((slowdowns[0] + slowdowns[1] + slowdowns[2]) / 3, 12);
  expect(report.utilization).toBeCloseTo((200 + 5 + 20) / 240, 12);
  expect(report.jain_fairness).toBeCloseTo((1 + ofB) ** 2 / (2 * (1 + ofB ** 2)), 12);
  expect(report.users.map(({ user, jobs }) => [user, jobs])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});

test('under fair share the user with less use goes first, as soon as there is a choice', () => {
  const trace = traceOf(1, [
    [0, 100, 1, undefined, 'a'],
    [1, 10, 1, undefined, 'a'],
    [2, 10, 1, undefined, 'b'],
  ]);
  expect(startsOf(trace, { kind: 'fair-share' })).toEqual([0, 110, 100]);
  expect(startsOf(trace, { kind: 'recency' })).toEqual([0, 110, 100]);
  expect(startsOf(trace, { kind: 'fifo' })).toEqual([0, 100, 110]);
});

// A second, naive implementation: counts processors, walks every second, follows the published description word by word.
function naive(processors: number, jobs: Sized[], backfill: Backfill): number[] {
  const startedAt = jobs.map(() => Number.NaN);
  const runOf = (at: number): number => jobs[at]?.[1] ?? 0;
  const endOf = (at: number): number => (startedAt[at] ?? 0) + runOf(at);
  const sizeOf = (at: number): number => jobs[at]?.[2] ?? 0;
  for (let now = 0; startedAt.some(Number.isNaN); now += 1) {
    for (let changed = true; changed; ) {
      changed = false;
      const running = jobs.map((_, at) => at).filter((at) => endOf(at) > now);
      const waiting = jobs
        .map((_, at) => at)
        .filter((at) => Number.isNaN(startedAt[at]) && (jobs[at]?.[0] ?? 0) <= now);
      const free = processors - running.reduce((sum, at) => sum + sizeOf(at), 0);
      const pick = backfill === 'conservative' ? firstConservative : firstEasy;
      const chosen = pick(waiting, running, free);
      if (chosen !== undefined) {
        startedAt[chosen] = now;
        changed = true;
      }

      function firstEasy(queue: number[], holders: number[], idle: number): number | undefined {
        const [head, ...others] = queue;
        if (head === undefined) return undefined;
        if (sizeOf(head) <= idle) return head;
        if (backfill === 'none') return undefined;
        let available = idle;
        let shadowAt = now;
        const byEnd = holders.toSorted((a, b) => endOf(a) - endOf(b));
        for (const at of byEnd) {
          if (available >= sizeOf(head)) break;
          available += sizeOf(at);
          shadowAt = endOf(at);
        }
        const atShadow = idle + byEnd.filter((at) => endOf(at) <= shadowAt).reduce((sum, at) => sum + sizeOf(at), 0);
        const extra = atShadow - sizeOf(head);
        return others.find((at) => {
          const endsInTime = now + runOf(at) <= shadowAt;
          return sizeOf(at) <= idle && (endsInTime || sizeOf(at) <= Math.min(idle, extra));
        });
      }

      function firstConservative(queue: number[], holders: number[]): number | undefined {
        const used = new Map<number, number>();
        const add = (from: number, until: number, size: number): void => {
          for (let second = from; second < until; second += 1) used.set(second, (used.get(second) ?? 0) + size);
        };
        for (const at of holders) add(now, endOf(at), sizeOf(at));
        for (const at of queue) {
          let from = now;
          const run = runOf(at);
          const fits = (): boolean => {
            for (let second = from; second < from + run; second += 1) {
              if ((used.get(second) ?? 0) + sizeOf(at) > processors) return false;
            }
            return true;
          };
          while (!fits()) from += 1;
          if (from === now) return at;
          add(from, from + run, sizeOf(at));
        }
        return undefined;
      }
    }
  }
  return startedAt;
}

const anyJobs = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 6 })), {
    minLength: 1,
    maxLength: 25,
  })
  .map((jobs) => jobs.toSorted((a, b) => a[0] - b[0]));

test.each(['none', 'easy', 'conservative'] as const)(
  '%s gives the schedule of a naive second implementation',
  (backfill) => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 9 }), anyJobs, (processors, jobs) => {
        expect(startsOf(traceOf(processors, jobs), fifo(backfill))).toEqual(naive(processors, jobs, backfill));
      }),
      { numRuns: 500 },
    );
  },
);

test('jobs that take no time start in their order, and those behind them at the same moment', () => {
  fc.assert(
    fc.property(anyJobs, fc.func(fc.boolean()), (jobs, isEmpty) => {
      const some = jobs.map(([submit, run, size]): Sized => [submit, isEmpty(submit, size) ? 0 : run, size]);
      expect(startsOf(traceOf(6, some), fifo('none'))).toEqual(naive(6, some, 'none'));
    }),
  );
});

test.each(['easy', 'conservative'] as const)(
  '%s: a waiting job that takes no time is protected like any other',
  (kind) => {
    const trace = traceOf(6, [
      [0, 2, 2],
      [1, 0, 5], // waits until 2
      [1, 2, 2], // would be in its way until 3
    ]);
    expect(startsOf(trace, fifo(kind))).toEqual([0, 2, 2]);
  },
);

test('whole GPUs one by one give the schedule of processors that are counted', () => {
  fc.assert(
    fc.property(anyJobs, fc.constantFrom<Backfill>('none', 'easy'), (jobs, backfill) => {
      const counted = traceOf(6, jobs);
      const gpus = Array.from({ length: 6 }, (_, at) => ({
        uuid: `g${at}`,
        model: 'T4',
        memoryBytes: 0,
        slots: 1,
        usable: true,
      }));
      const single: Trace = {
        machines: [{ id: 'm', gpus, memoryBytes: 0, cpus: 0 }],
        jobs: counted.jobs.map((job) => ({ ...job, numGpus: job.cpus, cpus: 0 })),
        unusable: 0,
      };
      expect(startsOf(single, fifo(backfill))).toEqual(startsOf(counted, fifo(backfill)));
    }),
  );
});

describe('the Standard Workload Format', () => {
  const header = '; Version: 2.2\n; MaxNodes: 4\n; MaxProcs: 8\n';

  test('reads size, jobs and users, and counts the jobs that it cannot play', () => {
    const text = `${header}
      1  0 5 10 2 -1 -1 2 60 -1 1 7 1 1 1 -1 -1 -1
      2  3 -1 -1 4 -1 -1 4 60 -1 0 7 1 1 1 -1 -1 -1
      3  2 -1 20 -1 -1 -1 3 -1 -1 1 9 1 1 1 -1 -1 -1\r\n`;
    const parsed = parseSwf(text);
    expect(parsed).toMatchObject({
      ok: true,
      trace: {
        machines: [{ cpus: 8, gpus: [] }],
        unusable: 1,
        jobs: [
          { user: '7', submittedAt: 0, runMs: 10_000, requestedMs: 60_000, cpus: 2 },
          { user: '9', submittedAt: 2000, runMs: 20_000, requestedMs: undefined, cpus: 3 },
        ],
      },
    });
  });

  test.each([
    ['1 0 0 1 1', {}, 'the header has neither MaxProcs nor MaxNodes: say how many GPUs there are'],
    [`${header}1 0 0 1`, {}, 'line 4: expected 18 columns, found 4'],
    [`${header}1 0 0 one 1`, {}, 'line 4: a column is not a number'],
  ])('%j is refused with the reason', (text, options, reason) => {
    expect(parseSwf(text, options)).toEqual({ ok: false, reason });
  });

  test('MaxNodes counts where MaxProcs is missing, and a number of GPUs goes before both', () => {
    const sizeOf = (text: string, gpus?: number): number | undefined => {
      const parsed = parseSwf(text, { gpus });
      return parsed.ok ? parsed.trace.machines[0]?.cpus : undefined;
    };
    expect([sizeOf('; MaxNodes: 4\n'), sizeOf(header), sizeOf(header, 3)]).toEqual([4, 8, 3]);
  });
});

describe('the CSV of a GPU cluster', () => {
  const machines = 'sn,cpu_milli,memory_mib,gpu,model\nn0,8000,1024,2,V100\nn1,4000,1024,1,T4\n';
  const tasks = `name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
a,1000,10,1,500,,LS,Running,0,100,0
b,1000,10,1,500,V100|P100,LS,Running,5,105,50
c,1000,10,2,1000,,LS,Running,6,,
d,1500,10,2,1000,,LS,Running,7,17,9
`;

  test('reads shares of GPUs, allowed models and run times', () => {
    const parsed = parseClusterCsv(machines, tasks);
    expect(parsed).toMatchObject({
      ok: true,
      trace: {
        unusable: 1,
        machines: [{ id: 'n0', cpus: 8, gpus: [{ model: 'V100' }, { model: 'V100' }] }, { id: 'n1' }],
        jobs: [
          { numGpus: 1, numSlots: 500, runMs: 100_000 },
          { numSlots: 500, gpuModels: ['V100', 'P100'], submittedAt: 5000, runMs: 55_000 },
          { numGpus: 2, numSlots: 1000, cpus: 1.5 },
        ],
      },
    });
  });

  test('plays it: shares meet on one GPU, models are kept, the wide job waits for two whole ones', () => {
    const parsed = parseClusterCsv(machines, tasks);
    if (!parsed.ok) throw new Error(parsed.reason);
    expect(startsOf(parsed.trace, fifo('conservative'))).toEqual([0, 5, 60]);
  });

  test('the same seed deals the tasks to the same users', () => {
    const usersOf = (seed: number): string[] => {
      const many =
        tasks + Array.from({ length: 30 }, (_, at) => `x,1,1,0,0,,LS,Running,${at},${at + 1},${at}`).join('\n');
      const parsed = parseClusterCsv(machines, many, { seed });
      return parsed.ok ? parsed.trace.jobs.map(({ user }) => user) : [];
    };
    expect(usersOf(4)).toEqual(usersOf(4));
    expect(usersOf(4)).not.toEqual(usersOf(5));
  });

  test('a missing column is named', () => {
    expect(parseClusterCsv('sn,gpu\n', tasks)).toEqual({
      ok: false,
      reason: 'machines: no column cpu_milli, memory_mib, model',
    });
  });
});
