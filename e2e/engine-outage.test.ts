// The engine dies, stops, hangs and comes back while jobs run: no job fails for it, and no end that it caused is taken for
// the job's own.
import { readFileSync } from 'node:fs';
import type { Job } from '@dopq/contract';
import { type Dopq, loadBaseImage, type PrivateEngine, startDopq, startEngine, waitFor } from '@dopq/testbed';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { QUICK, Workload } from './workload.ts';

let engine: PrivateEngine;
let dopq: Dopq;
let work: Workload;

/** One engine and one server for all tests of a kind, a workload of its own for each. */
function onEngine(options: { liveRestore: boolean }): void {
  let count = 0;
  beforeAll(async () => {
    engine = await startEngine(options);
    await loadBaseImage(engine);
    dopq = await startDopq({ engine: engine.host, settings: QUICK });
  });
  beforeEach(() => {
    work = new Workload(dopq, engine, `t${++count}-`);
  });
  // One that a failed test left hanging would hold up all that come after it.
  afterEach(() => engine.resume());
  afterAll(async () => {
    await dopq[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });
}

async function engineIs(state: string): Promise<void> {
  let last: unknown;
  await waitFor(
    async () => {
      const { engine: seen, queue } = await dopq.client.status();
      last = { seen, queue };
      return seen.state === state;
    },
    { timeoutMs: 90_000, intervalMs: 100, message: () => `the engine to be ${state}, it is ${JSON.stringify(last)}` },
  );
}

const endOf = ({ outcome, exit_code }: Job) => [outcome, exit_code];

describe('an engine without live-restore', () => {
  onEngine({ liveRestore: false });

  it('that is killed: jobs that end in the outage keep their code, those it ends are interrupted (rows 28, 30)', async () => {
    await work.drop({ ending: 7, waitsFor: 'now' }, { ending: 0, waitsFor: 'now' }, { ending: 0, waitsFor: 'never' });
    await work.begun(await work.inState('running', 3));
    await engine.kill();
    await engineIs('down');
    const { queue } = await dopq.client.status();
    expect(queue).toMatchObject({ state: 'paused', message: expect.stringMatching(/Docker Engine/) });
    work.release('now');
    await work.drop({ ending: 0 });
    await waitFor(async () => (await dopq.client.jobs.list({ scope: 'active' })).length === 4);
    await engine.restart();
    const jobs = await work.finished();
    // The second may have been the engine's doing: better asked again than believed.
    expect(jobs.map((job) => job.outcome)).toEqual(['failed', 'interrupted', 'interrupted', 'succeeded']);
    expect(jobs.map((job) => job.exit_code)).toEqual([7, 0, expect.toBeOneOf([137, 143]), 0]);
    expect(jobs[2]?.reason).toMatch(/engine/i);
    expect(await work.untrueEnds({ mayBeInterrupted: true })).toEqual([]);
    await work.settled();
  });

  it('that is killed with its containerd, which knew the codes: what ended meanwhile has its own or is interrupted (row 30)', async () => {
    await work.drop({ ending: 7, waitsFor: 'now' }, { ending: 0, waitsFor: 'now' });
    await work.begun(await work.inState('running', 2));
    await engine.kill('containerd');
    await engineIs('down');
    work.release('now');
    await engine.restart();
    expect(await work.untrueEnds({ mayBeInterrupted: true })).toEqual([]);
    expect((await work.finished()).map((job) => job.outcome)).not.toContain('succeeded');
    await work.settled();
  });

  it('that is stopped: a job that answers TERM with 0 has not succeeded (row 30)', async () => {
    await work.drop({ ending: 0, waitsFor: 'never', trapsTerm: true }, { ending: 0, waitsFor: 'never' });
    await work.begun(await work.inState('running', 2));
    await engine.restart();
    const [trapped, killed] = await work.finished();
    expect(trapped && endOf(trapped)).toEqual(['interrupted', 0]);
    expect(killed?.outcome).toBe('interrupted');
    await work.settled();
  });

  it('that hangs: the queue says so, no job fails, and true codes come when it goes on (row 29)', async () => {
    await work.drop({ ending: 0, waitsFor: 'now' }, { ending: 7, waitsFor: 'now' });
    await work.begun(await work.inState('running', 2));
    await engine.hang();
    await engineIs('down');
    await work.drop({ ending: 0 });
    work.release('now');
    // Before it, a call may have failed in another way.
    const hangs = async () => (await dopq.client.status()).queue.message?.includes('did not answer') === true;
    await waitFor(hangs, { timeoutMs: 60_000 });
    expect((await dopq.client.status()).queue.state).toBe('paused');
    engine.resume();
    expect(await work.untrueEnds()).toEqual([]);
    await work.settled();
  });

  it('that dies with server and Provider at once: all ends are judged right afterwards (rows 30, 52)', async () => {
    await work.drop({ ending: 7, waitsFor: 'now' }, { ending: 0, waitsFor: 'never' });
    await work.begun(await work.inState('running', 2));
    await Promise.all([engine.kill(), dopq.kill(), work.drop({ ending: 0 }, { ending: 3 })]);
    work.release('now');
    dopq.launch();
    await engine.restart();
    const outcomes = (await work.finished()).map((job) => job.outcome);
    expect(outcomes).toEqual(['failed', 'interrupted', 'succeeded', 'failed']);
    expect(await work.untrueEnds({ mayBeInterrupted: true })).toEqual([]);
    await work.settled();
  });

  it('that came back just before the server died: what it had ended is interrupted still (rows 30, 52)', async () => {
    await work.drop({ ending: 0, waitsFor: 'never' });
    await work.begun(await work.inState('running', 1));
    await dopq.stop();
    await engine.restart();
    dopq.launch({ DOPQ_CRASH_AT: 'engine.listContainers.after' });
    await dopq.ended();
    await dopq.start();
    expect((await work.finished()).map((job) => job.outcome)).toEqual(['interrupted']);
  });
});

describe('an engine with live-restore', () => {
  onEngine({ liveRestore: true });

  it('that is killed: jobs live on, their codes are true and their logs whole (row 30)', async () => {
    await work.drop({ ending: 0, waitsFor: 'first' }, { ending: 7, waitsFor: 'second' });
    const jobs = await work.inState('running', 2);
    await work.begun(jobs);
    await engine.kill();
    await engineIs('down');
    work.release('first');
    await engine.restart();
    work.release('second');
    expect(await work.untrueEnds()).toEqual([]);
    await work.settled();
    // What a container says between the engine's death and its own end the engine itself has lost.
    const [, second] = await work.finished();
    const lines = readFileSync(second?.log ?? '', 'utf8')
      .trim()
      .split('\n');
    expect(lines.map((line) => line.replace(/^\S+ /, ''))).toEqual(['begin', 'end']);
  });
});
