// Kill it anywhere: SIGKILL of the server, or of its Provider, at every durable write, every engine call and every fact,
// then a restart. Nothing is lost, nothing runs twice, and the true exit codes arrive.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Dopq, loadBaseImage, type PrivateEngine, startDopq, startEngine, waitFor } from '@dopq/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUICK, type Wish, Workload } from './workload.ts';

/** The nightly run sets how often each point is tried, each time at a later pass; otherwise a sample is tried once. */
const ROUNDS = Number(process.env.DOPQ_CRASH_ROUNDS ?? 0);
/** Fixed, so that a failing run can be repeated; another one tries other points. */
const SEED = process.env.DOPQ_SEED ?? '1';
const SAMPLE = { server: 10, provider: 5 };
/** So many points of each kind where each is tried often; default all. */
const POINTS = Number(process.env.DOPQ_CRASH_POINTS ?? Number.POSITIVE_INFINITY);
/** Crashes between two looks at what became of the jobs. */
const CRASHES_PER_LOOK = 8;
const JOBS: Wish[] = [{ ending: 0 }, { ending: 7, user: 'bob' }, { ending: 'cancelled' }];

let engine: PrivateEngine;
let dopq: Dopq;
let work: Workload;
let cancelling: Promise<void>;
const ended = new AbortController();

beforeAll(async () => {
  engine = await startEngine();
  await loadBaseImage(engine);
  dopq = await startDopq({ engine: engine.host, settings: QUICK });
  work = new Workload(dopq, engine);
  cancelling = work.cancelWhatRuns(ended.signal);
});
afterAll(async () => {
  ended.abort();
  await cancelling;
  await dopq[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

const mark = () => path.join(dopq.dir, 'crashed');

/** Every point that the life of such jobs passes, and how often, by a life that writes them down. */
async function tracePoints(): Promise<Map<string, number>> {
  const trace = path.join(dopq.dir, 'trace');
  rmSync(trace, { force: true });
  await dopq.stop();
  await dopq.start({ DOPQ_CRASH_TRACE: trace });
  await work.drop(...JOBS);
  expect(await work.untrueEnds()).toEqual([]);
  await work.settled();
  await dopq.stop();
  const passes = new Map<string, number>();
  for (const point of readFileSync(trace, 'utf8').split('\n').filter(Boolean))
    passes.set(point, (passes.get(point) ?? 0) + 1);
  return passes;
}

/** One new set of jobs, and one life that ends at the point. A later pass than the first may not come. */
async function crashAt(point: string, pass: number): Promise<boolean> {
  rmSync(mark(), { force: true });
  await work.drop(...JOBS);
  dopq.launch({ DOPQ_CRASH_AT: `${point}:${pass}`, DOPQ_CRASH_MARK: mark() });
  await waitFor(async () => existsSync(mark()) || (pass > 1 && (await work.hasFinished())), {
    timeoutMs: 60_000,
    message: () => `${point}:${pass} to be reached; ${dopq.said().slice(-2000)}`,
  });
  return existsSync(mark());
}

/** Those whose hash with the seed is lowest; in the nightly run that is all of them. */
function sample(points: [string, number][], count: number): [string, number][] {
  const rank = ([point]: [string, number]) => createHash('sha256').update(`${SEED} ${point}`).digest('hex');
  return points.toSorted((a, b) => rank(a).localeCompare(rank(b))).slice(0, ROUNDS > 0 ? POINTS : count);
}

/** @param die waits for the process's end, and for that of the server's life */
async function crashAtEach(points: [string, number][], die: () => Promise<unknown>): Promise<void> {
  const rounds = Array.from({ length: Math.max(1, ROUNDS) }, (_, round) => round);
  const crashes = rounds.flatMap((round) =>
    points.map(([point, passes]) => [point, 1 + (round % Math.ceil(passes / 2))] as const),
  );
  let died = 0;
  for (const [index, [point, pass]] of crashes.entries()) {
    if (await crashAt(point, pass)) {
      died += 1;
      await die();
    } else await dopq.stop();
    if ((index + 1) % CRASHES_PER_LOOK !== 0 && index !== crashes.length - 1) continue;
    await dopq.start();
    expect(await work.untrueEnds(), `after ${point}:${pass} or one of those before`).toEqual([]);
    await work.settled();
    await work.probe();
    await dopq.stop();
    if (ROUNDS > 0) console.log(`${died} deaths at ${points.length} points, all jobs true`);
  }
}

const often =
  ROUNDS > 0 ? `at ${Number.isFinite(POINTS) ? POINTS : 'every one'}, ${ROUNDS} times` : `a sample by seed ${SEED}`;

describe('SIGKILL, and nothing is lost, run twice or misjudged', () => {
  it(`of the server around durable writes and engine calls: ${often} (rows 32, 33, 42, 52)`, async () => {
    const points = [...(await tracePoints())].filter(([point]) => !/^(fact|provider)\./.test(point));
    expect(points.length).toBeGreaterThan(30);
    await crashAtEach(sample(points, SAMPLE.server), () => dopq.ended());
  }, 14_400_000);

  it(`of the Provider around its facts and engine calls: ${often} (row 52)`, async () => {
    const points = [...(await tracePoints())].filter(([point]) => /^(fact|provider)\./.test(point));
    expect(points.length).toBeGreaterThan(15);
    const due = points.filter(([point]) => !/\.(alive|share)\./.test(point));
    // The server lives on and starts another one.
    await crashAtEach(sample(due, SAMPLE.provider), async () => {
      await work.finished();
      await dopq.stop();
    });
  }, 14_400_000);
});
