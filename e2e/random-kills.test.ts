// Random kills under load: server, Provider and engine die in any order and at any moment while people go on dropping jobs.
import { setTimeout as delay } from 'node:timers/promises';
import { Chance, type Dopq, fakeGpus, type PrivateEngine } from '@dopq/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gpuStage, type Stage, type Wish, type Workload } from './workload.ts';

const KILLS = Number(process.env.DOPQ_RANDOM_KILLS ?? 15);
const SEED = process.env.DOPQ_SEED ?? '1';
/** Kills between two looks at what became of the jobs. */
const KILLS_PER_LOOK = 15;
const GPUS = fakeGpus(2);

let stage: Stage;
let engine: PrivateEngine;
let dopq: Dopq;
let work: Workload;

beforeAll(async () => {
  stage = await gpuStage(GPUS);
  ({ engine, dopq, work } = stage);
});
afterAll(() => stage[Symbol.asyncDispose]());

async function killProvider(): Promise<void> {
  const { provider } = await dopq.client.status();
  if (provider.pid !== null) process.kill(provider.pid, 'SIGKILL');
}

const kills: Record<string, () => Promise<unknown>> = {
  server: async () => {
    await dopq.kill();
    dopq.launch();
  },
  // A server that is just starting has none yet.
  provider: () => killProvider().catch(() => undefined),
  engine: async () => {
    await engine.kill();
    await engine.restart();
  },
  // As when a machine loses its power, but for what runs.
  'server and engine': async () => {
    await Promise.all([dopq.kill(), engine.kill('containerd')]);
    dopq.launch();
    await engine.restart();
  },
};
const VICTIMS = ['server', 'server', 'server', 'provider', 'provider', 'engine', 'server and engine'] as const;

function randomWish(chance: Chance): Wish {
  return {
    ending: chance.pick([0, 7]),
    user: chance.pick(['alice', 'bob']),
    gpus: chance.pick([0, 1, 1, 2]),
    seconds: chance.pick([0, 1, 2]),
  };
}

it(`${KILLS} kills at random moments under load, seed ${SEED}: every job has one true end (rows 30, 51, 52)`, async () => {
  const chance = new Chance(SEED);
  const probesMs: number[] = [];
  for (let count = 1; count <= KILLS; count++) {
    await work.drop(randomWish(chance), randomWish(chance));
    // The moment itself is what is random here; nothing is waited for.
    await delay(chance.next() * 2500);
    const victim = chance.pick(VICTIMS);
    await kills[victim]?.();
    if (count % KILLS_PER_LOOK !== 0 && count !== KILLS) continue;
    expect(await work.untrueEnds({ mayBeInterrupted: true }), `after kill ${count}`).toEqual([]);
    await work.settled();
    probesMs.push(await work.probe());
    if (KILLS > 100) console.log(`${count} kills; a probe job took ${Math.round(Math.max(...probesMs))} ms at most`);
  }
  expect(await work.untrueEnds({ mayBeInterrupted: true })).toEqual([]);
  expect(await work.countOutcome('succeeded')).toBeGreaterThan(0);
}, 14_400_000);
