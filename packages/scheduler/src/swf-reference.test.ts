// `dopq simulate --trace FILE.swf --policy fifo --runtimes perfect` against a second simulator that shares no line with it: it reads
// the text by itself, counts processors, and schedules by other means. EASY goes by the published steps (Mu'alem and Feitelson 2001:
// shadow time and extra processors, worked out once per event); conservative has no events at all: each job, in the order of
// submission, gets its place for good (with exact run times no reservation ever moves).
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Backfill } from './policy.ts';
import { reportOf } from './report.ts';
import { simulate } from './simulate.ts';
import { parseSwf } from './swf.ts';

interface Job {
  submit: number;
  run: number;
  size: number;
}

interface Figures {
  jobs: number;
  mean_wait_s: number;
  p95_wait_s: number;
  mean_bounded_slowdown: number;
  utilization: number;
}

function item<T>(list: readonly T[], at: number): T {
  const found = list.at(at);
  if (found === undefined) throw new Error(`There is no ${at}.`);
  return found;
}

function reference(text: string, backfill: Backfill, gpus: number | undefined): Figures {
  const rows = text.split('\n').map((row) => row.replace('\r', '').trim());
  const header = (name: string): number | undefined => {
    const row = rows.find((one) => one.startsWith(`; ${name}: `));
    return row === undefined ? undefined : Number(row.split(': ')[1]);
  };
  const processors = gpus ?? header('MaxProcs') ?? header('MaxNodes') ?? 0;
  const jobs = rows
    .filter((row) => row !== '' && !row.startsWith(';'))
    .map((row) => row.split(/[ \t]+/).map(Number))
    .map((column): Job => {
      const [, submit = -1, , run = -1, allocated = -1, , , requested = -1] = column;
      return { submit, run, size: allocated > 0 ? allocated : requested };
    })
    .filter(({ submit, run, size }) => submit >= 0 && run >= 0 && size > 0 && size <= processors);
  // A stable sort: at the same second as in the file.
  jobs.sort((a, b) => a.submit - b.submit);
  return figuresOf(
    jobs,
    backfill === 'conservative' ? places(jobs, processors) : events(jobs, processors, backfill),
    processors,
  );
}

/**
 * First fit in the order of submission. A job that takes no time has its processors for an instant: whoever begins then begins
 * after it, but nobody may be there over that instant without leaving it room.
 */
function places(jobs: readonly Job[], processors: number): number[] {
  const starts: number[] = [];
  const usedAt = (at: number, isBeginning: boolean): number =>
    starts.reduce((sum, start, i) => {
      const { run, size } = item(jobs, i);
      const isInstant = !isBeginning && run === 0 && start === at;
      return isInstant || (start <= at && at < start + run) ? sum + size : sum;
    }, 0);
  for (const { submit, run, size } of jobs) {
    const ends = starts.map((start, i) => start + item(jobs, i).run).filter((end) => end > submit);
    const candidates = [submit, ...ends].sort((a, b) => a - b);
    const fits = (from: number): boolean =>
      usedAt(from, true) + size <= processors &&
      starts.every((at) => at <= from || at >= from + run || usedAt(at, false) + size <= processors);
    starts.push(candidates.find(fits) ?? Number.NaN);
  }
  return starts;
}

function events(jobs: readonly Job[], processors: number, backfill: 'none' | 'easy'): number[] {
  const starts = jobs.map(() => Number.NaN);
  let queue: number[] = [];
  let running: { end: number; size: number }[] = [];
  let free = processors;
  let submitted = 0;
  const nextTime = (): number => Math.min(jobs.at(submitted)?.submit ?? Infinity, ...running.map(({ end }) => end));
  for (let now = nextTime(); now < Infinity; now = nextTime()) {
    for (const { end, size } of running) if (end <= now) free += size;
    running = running.filter(({ end }) => end > now);
    for (; (jobs.at(submitted)?.submit ?? Infinity) <= now; submitted += 1) queue.push(submitted);
    const start = (index: number): void => {
      const { run, size } = item(jobs, index);
      starts[index] = now;
      free -= size;
      running.push({ end: now + run, size });
    };
    while (queue.length > 0 && item(jobs, item(queue, 0)).size <= free) start(queue.shift() ?? 0);
    const [head, ...others] = queue;
    if (head === undefined || backfill === 'none') continue;
    // The shadow time: when enough will have ended for the head. Extra: what it leaves over then.
    const needed = item(jobs, head).size;
    const freeAt = (at: number): number => running.reduce((sum, { end, size }) => (end <= at ? sum + size : sum), free);
    const shadow = Math.min(...running.map(({ end }) => end).filter((end) => freeAt(end) >= needed));
    let extra = freeAt(shadow) - needed;
    queue = [head];
    for (const index of others) {
      const { run, size } = item(jobs, index);
      const inTime = now + run <= shadow;
      if (size <= free && (inTime || size <= extra)) {
        start(index);
        if (!inTime) extra -= size;
      } else queue.push(index);
    }
  }
  return starts;
}

function figuresOf(jobs: readonly Job[], starts: readonly number[], processors: number): Figures {
  if (jobs.length === 0) return { jobs: 0, mean_wait_s: 0, p95_wait_s: 0, mean_bounded_slowdown: 0, utilization: 0 };
  const waits = jobs.map(({ submit }, i) => item(starts, i) - submit);
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const ascending = waits.toSorted((a, b) => a - b);
  const rank = 0.95 * (waits.length - 1);
  const [below, above] = [item(ascending, Math.floor(rank)), item(ascending, Math.ceil(rank))];
  const makespan = Math.max(...jobs.map(({ run }, i) => item(starts, i) + run)) - item(jobs, 0).submit;
  return {
    jobs: jobs.length,
    mean_wait_s: mean(waits),
    p95_wait_s: below + (above - below) * (rank - Math.floor(rank)),
    mean_bounded_slowdown: mean(jobs.map(({ run }, i) => Math.max(1, (item(waits, i) + run) / Math.max(run, 10)))),
    utilization: makespan > 0 ? jobs.reduce((sum, { run, size }) => sum + run * size, 0) / (processors * makespan) : 0,
  };
}

const orUnknown = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 9, arbitrary: fc.integer({ min, max }) }, { weight: 1, arbitrary: fc.constant(-1) });

/** @param shortest run time, s */
const anyLine = (shortest: number) =>
  fc
    .record({
      submit: orUnknown(0, 60),
      run: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: shortest, max: 40 }) },
        { weight: 1, arbitrary: fc.constant(-1) },
      ),
      allocated: orUnknown(1, 10),
      requested: orUnknown(1, 10),
      requestedTime: orUnknown(1, 100),
      status: fc.constantFrom(1, 0, 5, -1),
      gap: fc.constantFrom(' ', '   ', '\t'),
    })
    .map(({ submit, run, allocated, requested, requestedTime, status, gap }) =>
      [0, submit, -1, run, allocated, -1, -1, requested, requestedTime, -1, status, 1, 1, -1, -1, -1, -1, -1].join(gap),
    );

const anyHeader = fc.record({
  version: fc.constant('; Version: 2.2\n;\n'),
  procs: fc.constantFrom('', '; MaxProcs: 8\n', '; MaxProcs: 5\n'),
  nodes: fc.constantFrom('; MaxNodes: 8\n', '; MaxNodes: 6\n'),
  gpus: fc.constantFrom(undefined, undefined, 7),
});

const anySwf = (shortest: number) =>
  fc
    .record({
      header: anyHeader,
      lines: fc.array(anyLine(shortest), { minLength: 1, maxLength: 30 }),
      end: fc.constantFrom('\n', '\r\n', '\n\n', '\n; a remark\n'),
    })
    .map(({ header: { version, procs, nodes, gpus }, lines, end }) => ({
      text: `${version}${procs}${nodes}${lines.join(end)}`,
      gpus,
    }));

test.each([
  ['none', 0],
  ['easy', 1],
  ['easy', 0],
  ['conservative', 1],
  ['conservative', 0],
] as const)(
  'of any trace, fifo with backfill %s and run times from %i s gives the figures of the other simulator',
  (backfill, shortest) => {
    fc.assert(
      fc.property(anySwf(shortest), ({ text, gpus }) => {
        const parsed = parseSwf(text, { gpus });
        if (!parsed.ok) throw new Error(parsed.reason);
        const ours = reportOf(simulate(parsed.trace, { kind: 'fifo', backfill }));
        const figures = reference(text, backfill, gpus);
        expect(ours.jobs).toBe(figures.jobs);
        for (const name of Object.keys(figures) as (keyof Figures)[]) expect(ours[name]).toBeCloseTo(figures[name], 9);
      }),
      { numRuns: 400 },
    );
  },
);
