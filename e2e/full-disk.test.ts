// The disk below DoPQ's data runs full while jobs run and come in: nothing is lost, the reason is told, and all goes on.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Dopq, loadBaseImage, type PrivateEngine, startDopq, startEngine, waitFor } from '@dopq/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workload } from './workload.ts';

let engine: PrivateEngine;
let dopq: Dopq;
let data: string;

beforeAll(async () => {
  engine = await startEngine();
  await loadBaseImage(engine);
  dopq = await startDopq({
    engine: engine.host,
    configText: ({ dir, share, output, users, engine: host }) => {
      data = path.join(dir, 'data');
      mkdirSync(data);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'tmpfs', data]);
      return [
        `[paths]\ndata.dir = ${data}\nnetwork.dir = ${share}`,
        '[queue]\npolicy = fair-share\nsleep.interval = 1',
        `[docker]\nhost = ${host}\nmount.volumes = ${output}:/outdir`,
        `[fetcher]\nvalid.executors = ${users.join(',')}\nsleep.interval = 0.3\nsettle.time = 0.6\nmin.space = 0`,
        '',
      ].join('\n');
    },
    env: { XDG_CACHE_HOME: '/tmp/dopq-test-cache' },
  });
});
afterAll(async () => {
  await dopq.stop();
  execFileSync('umount', ['--lazy', data]);
  await dopq[Symbol.asyncDispose]();
  await engine[Symbol.asyncDispose]();
});

it('a full disk below the data pauses, loses nothing, and goes on when there is room (rows 24, 26, 27)', async () => {
  const work = new Workload(dopq, engine);
  await work.drop({ ending: 7, waitsFor: 'room' });
  await work.begun(await work.inState('running', 1));
  const ballast = path.join(data, 'ballast');
  writeFileSync(ballast, '');
  expect(() => execFileSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k'], { stdio: 'pipe' })).toThrow(/No space/);
  await work.drop({ ending: 0 });
  // The running one ends while nothing can be recorded.
  work.release('room');
  await waitFor(
    async () => {
      const { queue } = await dopq.client.status();
      return queue.state === 'paused' && queue.message?.includes('Make room');
    },
    { timeoutMs: 60_000, message: () => `the pause; ${dopq.said().slice(-3000)}` },
  );
  rmSync(ballast);
  expect(await work.untrueEnds()).toEqual([]);
  await waitFor(async () => (await dopq.client.status()).queue.state === 'running');
  await work.settled();
});
