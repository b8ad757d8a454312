// (s) The scheduler by itself, in CPU time of this process so that other work on the machine counts little; growth by doubling.
import { forecast, plan, type Policy, simulate, type Snapshot, type Trace } from '@dopq/scheduler';
import { median } from './figures.ts';

const NOW = 1_000_000_000;
const HOUR = 3_600_000;
const request = { numSlots: 1, memoryBytes: 2 ** 30, cpus: 1 };

/** The large ones first: memory is that of the process. */
export function* scheduler(): Generator<string> {
  yield* millions();
  yield* simulations();
  yield* passes();
  yield* predictions();
  yield* conservative();
}

function* millions(): Generator<string> {
  const trace = traceOf(1_000_000, 1000);
  for (const kind of ['fifo', 'fair-share'] as const) {
    const ms = cpuMs(1, () => simulate(trace, { kind, backfill: 'none' }));
    const mib = Math.round(process.memoryUsage.rss() / 2 ** 20);
    yield `(s) 1000000 jobs of 1000 users under ${kind} without backfill: ${rate(1_000_000, ms)}, ${mib} MiB in all`;
  }
}

/** One pass: order, starts, reservations, reasons. */
function passes(): string[] {
  const sizes = [
    [10_000, 1000, 64],
    [20_000, 1000, 64],
    [10_000, 2000, 64],
    [10_000, 1000, 128],
  ] as const;
  return sizes.map(([queued, users, machines]) => {
    const snapshot = busySite(queued, users, machines);
    const ms = cpuMs(15, () => plan(snapshot, { kind: 'fair-share' }, NOW));
    return `(s) one pass, fair-share, ${queued} queued jobs of ${users} users, ${machines} machines of 8 GPUs: ${ms.toFixed(1)} ms`;
  });
}

function predictions(): string[] {
  return [2500, 5000, 10_000].map((queued) => {
    const snapshot = busySite(queued, 1000, 64);
    const ms = cpuMs(3, () => forecast(snapshot, { kind: 'fair-share' }, NOW));
    return `(s) prediction of P50 and P90 for all ${queued} queued jobs: ${(ms / 1000).toFixed(2)} s`;
  });
}

/** Each job is a submission, a start and an end: what they cost as users double says how the order is kept. */
function simulations(): string[] {
  const lines = [250, 500, 1000, 2000, 4000].map((users) => {
    const trace = traceOf(200_000, users);
    const ms = cpuMs(1, () => simulate(trace, { kind: 'fair-share', backfill: 'none' }));
    return `(s) 200000 jobs of ${users} users under fair-share without backfill: ${rate(200_000, ms)}`;
  });
  // More comes than can run, so that nearly all users wait at each moment.
  for (const users of [250, 500, 1000, 2000, 4000]) {
    const crowded = traceOf(20_000, users, 25);
    const ms = cpuMs(1, () => simulate(crowded, { kind: 'fair-share', backfill: 'none' }));
    lines.push(`(s) 20000 jobs of ${users} users, half as much again as the machine can take: ${rate(20_000, ms)}`);
  }
  return lines;
}

/** Every waiting job has a reservation, and all are made again at each event. */
function conservative(): string[] {
  return [500, 1000, 2000].flatMap((count) =>
    (['easy', 'conservative'] as const).map((backfill) => {
      const trace = traceOf(count, 100, 5);
      const policy: Policy = { kind: 'fifo', backfill };
      const ms = cpuMs(1, () => simulate(trace, policy));
      return `(s) ${count} jobs that come much faster than they run, fifo, ${backfill}: ${(ms / 1000).toFixed(2)} s`;
    }),
  );
}

const rate = (jobs: number, ms: number): string => `${Math.round(jobs / (ms / 1000))} jobs/s`;

/** Median CPU time of the rounds, after one that is not counted where there are several. */
function cpuMs(rounds: number, act: () => unknown): number {
  if (rounds > 1) act();
  return median(
    Array.from({ length: rounds }, () => {
      const before = process.cpuUsage();
      act();
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    }),
  );
}

/** All GPUs in use, jobs of 1 to 8 GPUs waiting. */
function busySite(queued: number, users: number, machineCount: number): Snapshot {
  const gpu = (uuid: string) => ({ uuid, model: 'A100', memoryBytes: 80e9, slots: 1, usable: true });
  const machines = Array.from({ length: machineCount }, (_, id) => ({
    id: `m${id}`,
    memoryBytes: 2 ** 40,
    cpus: 128,
    gpus: Array.from({ length: 8 }, (_unused, index) => gpu(`GPU-${id}-${index}`)),
  }));
  const places = machines.flatMap(({ id, gpus }) => gpus.map(({ uuid }) => ({ machineId: id, gpuUuids: [uuid] })));
  return {
    machines,
    queued: Array.from({ length: queued }, (_, at) => ({
      ...request,
      id: at + 1,
      numGpus: [1, 1, 1, 2, 4, 8][at % 6] ?? 1,
      user: `u${at % users}`,
      queuedAt: at,
      timeLimitMs: (1 + (at % 24)) * HOUR,
    })),
    running: places.map((place, at) => ({
      ...request,
      ...place,
      id: 1_000_000 + at,
      user: `u${at % users}`,
      startedAt: NOW - HOUR,
      limitEndAt: NOW + (at % 100) * 600_000,
    })),
    history: Array.from({ length: 500 }, (_, at) => ({
      id: 2_000_000 + at,
      user: `u${(at * 7) % users}`,
      startedAt: NOW - 30 * HOUR - at * 1000,
      finishedAt: NOW - 29 * HOUR - at * 1000,
      models: ['A100'],
      memoryBytes: 2 ** 30,
      cpus: 1,
    })),
  };
}

/** Jobs of 1 to 4 of 256 processors that run up to an hour. @param gapS longest time between two submissions */
function traceOf(count: number, users: number, gapS = 60): Trace {
  const random = lehmer(1);
  let at = 0;
  const jobs = Array.from({ length: count }, () => {
    at += Math.floor(random() * gapS);
    const runMs = Math.floor(60 + random() * 3600) * 1000;
    const cpus = 1 + Math.floor(random() * 4);
    return {
      ...request,
      user: `u${Math.floor(random() * users)}`,
      submittedAt: at * 1000,
      runMs,
      numGpus: 0,
      memoryBytes: 0,
      cpus,
    };
  });
  return { machines: [{ id: 'm', gpus: [], memoryBytes: 0, cpus: 256 }], jobs, unusable: 0 };
}

/** The minimal standard generator of Park and Miller: the same trace everywhere. */
function lehmer(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
