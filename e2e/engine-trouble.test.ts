// The whole way from zip to finished container through an engine that errs, delays, cuts, falls silent, refuses, or does
// what it was asked and loses the answer: on any route, at any moment. The nightly run has all of e2e go that way.
import { type Dopq, loadBaseImage, type PrivateEngine, startDopq, startEngine } from '@dopq/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { QUICK, type Wish, Workload } from './workload.ts';

/** The nightly run drops more of them. */
const JOBS = Number(process.env.DOPQ_TROUBLED_JOBS ?? 3);
const KINDS: Wish[] = [{ ending: 7, user: 'bob' }, { ending: 0, seconds: 1 }, { ending: 3 }];

let engine: PrivateEngine;
let dopq: Dopq;

beforeAll(async () => {
  engine = await startEngine();
  await loadBaseImage(engine);
  dopq = await startDopq({ engine: engine.host, settings: QUICK, trouble: 0.1 });
});
afterAll(async () => {
  await dopq[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

it('with trouble at a tenth of all calls every job runs once and has its true end (rows 32, 33, 52)', async () => {
  const work = new Workload(dopq, engine);
  await work.drop(...Array.from({ length: JOBS }, (_, index) => KINDS[index % KINDS.length] ?? { ending: 0 }));
  expect(await work.untrueEnds()).toEqual([]);
  expect(dopq.trouble?.hits).toBeGreaterThan(0);
  dopq.trouble?.end();
  await work.settled();
}, 14_400_000);
