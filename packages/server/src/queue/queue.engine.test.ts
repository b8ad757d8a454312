// The loop on a real Docker Engine. The only double is the GPU hardware.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunOptions, Submission } from '@dopq/contract';
import {
  type EngineProxy,
  fakeGpus,
  loadBaseImage,
  type PrivateEngine,
  startEngine,
  startEngineProxy,
  waitFor,
} from '@dopq/testbed';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { parseConfig } from '../config/config.ts';
import { formatDefaultConfig } from '../config/default-config.ts';
import { connectDocker } from '../engines/docker/docker.ts';
import type { Engine } from '../engines/engine.ts';
import type { GpuSample, Hardware } from '../hardware/hardware.ts';
import { silentLogger } from '../log.ts';
import type { JobRecord } from '../store/jobs.ts';
import { maskedEngine } from '../secrets/masked-engine.ts';
import { openStore, type Store } from '../store/store.ts';
import { type Queue, startQueue } from './queue.ts';

const GPUS = fakeGpus(2);
const [GPU] = GPUS.map((gpu) => gpu.uuid) as [string];
const INSTANCE = 'queue-test';
/** Of every user here. */
const SECRET = 'hunter2-hunter2';
let docker: PrivateEngine;
let imageId: string;
let dir: string;
let store: Store;
let queue: Queue | undefined;

beforeAll(async () => {
  docker = await startEngine({ gpus: GPUS });
  await loadBaseImage(docker);
  imageId = (await docker.docker('image', 'inspect', '-f', '{{.Id}}', 'busybox:latest')).trim();
});
afterAll(async () => {
  await docker[Symbol.asyncDispose]();
});
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'dopq-queue-'));
  store = openStore(path.join(dir, 'dopq.db'), systemClock);
  store.users.add({ name: 'alice' }, 1);
});
afterEach(async () => {
  await queue?.[Symbol.asyncDispose]();
  queue = undefined;
  store[Symbol.dispose]();
  const left = await docker.docker('ps', '-aq', '--filter', `label=dopq.instance=${INSTANCE}`);
  if (left.trim()) await docker.docker('rm', '-f', ...left.trim().split('\n'));
  rmSync(dir, { recursive: true });
});

interface Settings {
  gpus?: string[];
  clock?: Clock;
  /** In front of the engine. */
  proxy?: EngineProxy;
  /** Seconds between two rounds where nothing happens; default 1. */
  everyS?: number;
  /** Containers stay when they have ended. */
  keep?: boolean;
  /** What somebody else does to the engine in the moment before a container is made. */
  justBefore?: () => Promise<unknown>;
}

function start({ gpus = [], clock = systemClock, proxy, everyS = 1, keep = false, justBefore }: Settings = {}): Queue {
  const text = formatDefaultConfig(dir)
    .replace(/^stop\.grace *=.*$/m, 'stop.grace = 1')
    .replace(/(?<=\[queue\][^[]*\nsleep\.interval *=).*/, ` ${everyS}`)
    .replace(/^remove *=.*$/m, `remove = ${keep ? 'no' : 'yes'}`);
  const { config } = parseConfig(text, { file: path.join(dir, 'config.ini') });
  for (const mount of config.docker.mounts) mkdirSync(mount.source, { recursive: true });
  const engine = connectDocker({
    endpoint: proxy?.host ?? docker.socket,
    ...(proxy && { timeouts: { longMs: 4000 } }),
    machineId: 'local',
    instance: INSTANCE,
    gpuMode: 'device-requests',
    log: silentLogger,
  });
  const createContainer: Engine['createContainer'] = async (spec) => {
    await justBefore?.();
    return await engine.createContainer(spec);
  };
  queue = startQueue({
    config,
    store,
    clock,
    log: silentLogger,
    instance: INSTANCE,
    secrets: { environment: () => ({}) },
    hardware: fixedHardware(gpus, clock),
    engine: maskedEngine({ ...engine, createContainer }, () => [SECRET]),
    onImageGone: () => undefined,
  });
  return queue;
}

function fixedHardware(uuids: string[], clock: Clock): Hardware {
  const gpus = uuids.map((uuid, index) => ({ uuid, index, name: 'A100', memoryBytes: 80e9, processes: [] }));
  return {
    gpus: (): GpuSample => ({ state: 'ok', at: clock.now(), since: 0, gpus }),
    host: () => ({ cpus: 2, memoryBytes: 8e9, memoryUsedBytes: 0 }),
    ready: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

let files = 0;
interface Wants {
  numGpus?: number;
  runOptions?: RunOptions;
  timeLimitMs?: number;
  submission?: Partial<Submission>;
}

function enqueue(script: string, wants: Wants = {}): number {
  const event = { actor: 'test', kind: 'test', message: 'test' };
  const job = store.jobs.create(
    {
      user: 'alice',
      name: 'job',
      state: 'receiving',
      source: 'upload',
      inbox: null,
      file: `${files++}.zip`,
      zipPlace: 'accepted',
      unverified: false,
    },
    event,
  );
  const numGpus = wants.numGpus ?? 0;
  store.jobs.change(
    job.id,
    ['receiving'],
    {
      state: 'queued',
      queuedAt: systemClock.now(),
      imageId,
      numGpus,
      numSlots: 1,
      memoryBytes: 64 * 2 ** 20,
      cpus: 0.5,
      timeLimitMs: wants.timeLimitMs ?? null,
      submission: {
        name: 'job',
        numGpus,
        numSlots: 1,
        build: true,
        ...wants.submission,
        runOptions: { command: ['sh', '-c', script], ...wants.runOptions },
      },
    },
    event,
  );
  return job.id;
}

async function until(id: number, state: JobRecord['state']): Promise<JobRecord> {
  await waitFor(() => store.jobs.get(id).state === state, { timeoutMs: 90_000, message: `#${id} ${state}` });
  return store.jobs.get(id);
}

const logOf = (id: number): string =>
  readFileSync(store.attempts.get(id, store.jobs.get(id).attempt).logPath, 'utf8').replaceAll(/^\S+ /gm, '');
const hasSaid = (id: number, text: string) =>
  waitFor(() => logOf(id) === text, { timeoutMs: 90_000, message: () => `the log of #${id} to be ${text}` });

const containers = async (): Promise<string> =>
  (await docker.docker('ps', '-a', '--filter', `label=dopq.instance=${INSTANCE}`, '--format', '{{.Names}}')).trim();

describe('a queued job', () => {
  it('runs to its end; its log is kept and its container removed', async () => {
    start();
    const id = enqueue(`echo out ${SECRET}; echo err >&2; id -u; pwd; echo $HOME $USER $DOPQ_JOB`);
    const job = await until(id, 'finished');
    expect(job).toMatchObject({ outcome: 'succeeded', exitCode: 0, attempt: 1 });
    await waitFor(() => store.attempts.get(id, 1).cleared, { timeoutMs: 90_000, message: 'container removed' });
    expect(await containers()).toBe('');
    const uid = store.users.find('alice')?.uid;
    expect(logOf(id).split('\n').sort()).toEqual(
      ['', '/', '/outdir alice ' + id, 'err', 'out ***', String(uid)].sort(),
    );
  });

  it('that prints much and ends at once has all of it in its log, long lines too (row 63)', async () => {
    start();
    const id = enqueue(
      "yes 0123456789012345678901234567890 | head -c 2m; head -c 1m /dev/zero | tr '\\0' x; echo; echo the end",
    );
    await until(id, 'finished');
    await waitFor(() => store.attempts.get(id, 1).cleared, { message: 'container removed' });
    const lines = logOf(id).split('\n');
    // The engine keeps a long line in pieces of 16 KiB and dates each of them.
    expect([lines.length, lines.at(-3)?.length, lines.at(-2)]).toEqual([65_539, 2 ** 20, 'the end']);
  });

  it('that fails is failed with its exit code', async () => {
    start();
    expect(await until(enqueue('exit 3'), 'finished')).toMatchObject({ outcome: 'failed', exitCode: 3 });
  });

  it('whose command does not exist could not be started, in the words of the engine without the secrets of its user', async () => {
    start();
    const id = enqueue('', { runOptions: { command: [`/no/such/${SECRET}`], init: false } });
    const job = await until(id, 'finished');
    expect(job.outcome).toBe('start_failed');
    expect(job.reason).toMatch(/\/no\/such\/\*\*\*.*no such file/);
    await waitFor(async () => (await containers()) === '', { timeoutMs: 90_000, message: 'leftover removed' });
  });

  it('whose command only init can miss is failed with what 127 means', async () => {
    start();
    const id = enqueue('', { runOptions: { command: ['/no/such/program'] } });
    expect(await until(id, 'finished')).toMatchObject({
      outcome: 'failed',
      reason: 'exit code 127: the command was not found',
    });
  });

  it('is cancelled while it runs', async () => {
    start();
    const id = enqueue('sleep 1000');
    await until(id, 'running');
    store.jobs.change(id, ['running'], { cancelRequestedAt: systemClock.now(), cancelActor: 'test' });
    expect(await until(id, 'finished')).toMatchObject({ outcome: 'cancelled' });
  });

  it('that used too much memory is out_of_memory', async () => {
    start();
    const id = enqueue('x=a; while true; do x=$x$x; done');
    expect(await until(id, 'finished')).toMatchObject({ outcome: 'out_of_memory' });
  });

  it('writes into its own output folder and owns what it writes', async () => {
    start();
    await until(enqueue('echo data > /outdir/result'), 'finished');
    const { config } = parseConfig(formatDefaultConfig(dir), { file: path.join(dir, 'config.ini') });
    const output = config.docker.mounts.find((mount) => mount.target === '/outdir');
    expect(readFileSync(path.join(output?.source ?? '', 'alice', 'result'), 'utf8')).toBe('data\n');
  });
});

describe('a time limit', () => {
  it('is told before by a notice and, where it is asked for, a signal; then the job is ended, and killed if it will not', async () => {
    start();
    const script = `trap 'echo warned; cat "$DOPQ_NOTICE"' USR1; trap 'echo will not' TERM; echo ready; while true; do sleep 0.1; done`;
    const submission = { warnSignal: 'USR1', warnBeforeMs: 2000 } as const;
    const id = enqueue(script, { timeLimitMs: 4000, submission });
    expect(await until(id, 'finished')).toMatchObject({ outcome: 'timed_out', exitCode: 137 });
    await waitFor(() => store.attempts.get(id, 1).cleared, { timeoutMs: 90_000, message: 'cleared' });
    const lines = logOf(id).trim().split('\n');
    const limitEndAt = (store.attempts.get(id, 1).startedAt ?? 0) + 4000;
    expect(lines.slice(0, 2)).toEqual(['ready', 'warned']);
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({ job: id, ends_at: new Date(limitEndAt).toISOString() });
    expect(lines[3]).toBe('will not');
    expect(existsSync(path.join(dir, 'data', 'notices', `${id}.1`))).toBe(false);
  });

  it('ends a job that never heard of warnings, without a signal that it did not ask for', async () => {
    start();
    const id = enqueue('while true; do sleep 0.1; done', { timeLimitMs: 2000 });
    expect(await until(id, 'finished')).toMatchObject({ outcome: 'timed_out', reason: 'it reached its time limit' });
    expect(store.attempts.get(id, 1).warnedAt).not.toBeNull();
  });
});

it('a clock that is set while jobs run ends none of them early and lets none of them run on (row 54)', async () => {
  let setByMs = 0;
  const running = start({ clock: { now: () => Date.now() + setByMs } });
  const long = enqueue("trap 'exit 5' USR1; echo ready; while true; do sleep 0.1; done", { timeLimitMs: 3_600_000 });
  const short = enqueue('sleep 1000', { timeLimitMs: 3000 });
  const rounds = async () => {
    const since = running.status().lastRound;
    running.wake();
    await waitFor(() => running.status().lastRound !== since);
  };
  await Promise.all([until(long, 'running'), until(short, 'running')]);
  await rounds();
  setByMs = -7_200_000;
  expect(await until(short, 'finished')).toMatchObject({ outcome: 'timed_out' });
  setByMs = 7_200_000;
  await rounds();
  await rounds();
  await hasSaid(long, 'ready\n');
  await docker.docker('kill', '--signal', 'USR1', store.attempts.get(long, 1).containerName);
  expect(await until(long, 'finished')).toMatchObject({ outcome: 'failed', exitCode: 5 });
});

it('asks the engine for its containers a handful of times for a job, not at everything that it hears of it', async () => {
  await using proxy = await startEngineProxy({ upstream: docker.socket });
  start({ proxy, everyS: 600 });
  const lists = () => proxy.requests.filter((call) => call === 'GET /containers/json').length;
  await waitFor(() => lists() > 1);
  const [id, before] = [enqueue('sleep 1'), lists()];
  await until(id, 'finished');
  await waitFor(() => store.attempts.toClear().length === 0);
  // It is queued, runs, ends, and its log is whole. The engine tells of an end before it knows its code, and what is found
  // in a round may be followed by another.
  expect(lists() - before).toBeGreaterThanOrEqual(4);
  expect(lists() - before).toBeLessThanOrEqual(7);
});

it('a container that the engine cannot end keeps its GPUs and says so, while others go on (row 41)', async () => {
  await using proxy = await startEngineProxy({ upstream: docker.socket });
  const running = start({ gpus: [GPU], proxy });
  const stuck = enqueue('sleep 1000', { numGpus: 1 });
  await until(stuck, 'running');
  const route = /^POST \/containers\/[^/]+\/stop$/;
  const message = 'tried to kill container, but did not receive an exit event';
  const rules = [
    proxy.fault(route, { kind: 'half_open' }, 1),
    proxy.fault(route, { kind: 'error', status: 500, message }),
  ];
  store.jobs.change(stuck, ['running'], { cancelRequestedAt: systemClock.now(), cancelActor: 'test' });
  const next = enqueue('true', { numGpus: 1 });
  expect(await until(enqueue('exit 4'), 'finished')).toMatchObject({ outcome: 'failed', exitCode: 4 });
  await waitFor(() => running.view().reasons.get(stuck)?.includes(message), { message: 'the reason' });
  expect(store.attempts.slotsInUse().map(({ jobId }) => jobId)).toEqual([stuck]);
  expect(store.jobs.get(next).state).toBe('queued');
  for (const rule of rules) rule.remove();
  expect(await until(stuck, 'finished')).toMatchObject({ outcome: 'cancelled' });
  expect(await until(next, 'finished')).toMatchObject({ outcome: 'succeeded' });
});

describe('a container that somebody', () => {
  it('restarts is another run of the same attempt (row 44)', async () => {
    await using proxy = await startEngineProxy({ upstream: docker.socket });
    const running = start({ proxy });
    const id = enqueue("trap 'exit 6' USR1; echo ready; while true; do sleep 0.1; done");
    await until(id, 'running');
    await hasSaid(id, 'ready\n');
    const before = store.attempts.get(id, 1);
    // No round sees it while it is down.
    const restarted = Promise.withResolvers<void>();
    const pause = proxy.fault(/^GET \/containers\/json$/, { kind: 'delay', until: restarted.promise });
    running.wake();
    await waitFor(() => pause.hits > 0);
    await docker.docker('restart', '--time', '0', before.containerName);
    pause.remove();
    restarted.resolve();
    await waitFor(() => store.events.ofJob(id).some(({ kind }) => kind === 'restarted'));
    expect(store.attempts.get(id, 1).startedAt).toBeGreaterThan(before.startedAt ?? Infinity);
    await hasSaid(id, 'ready\nready\n');
    await docker.docker('kill', '--signal', 'USR1', before.containerName);
    expect(await until(id, 'finished')).toMatchObject({ outcome: 'failed', exitCode: 6, attempt: 1 });
  });

  it('starts again when its job is over has the GPUs that it has, and no job gets them (row 44)', async () => {
    const running = start({ gpus: [GPU], keep: true });
    const id = enqueue('[ -e /outdir/once ] && exec sleep 1000; touch /outdir/once', { numGpus: 1 });
    await until(id, 'finished');
    const name = store.attempts.get(id, 1).containerName;
    await waitFor(() => store.attempts.get(id, 1).cleared);
    await docker.docker('start', name);
    await waitFor(() => running.view().unusableGpus.get(GPU)?.reason.includes(name));
    const waiting = enqueue('true', { numGpus: 1 });
    await waitFor(() => running.view().reasons.get(waiting)?.includes(name));
    await docker.docker('rm', '-f', name);
    expect(await until(waiting, 'finished')).toMatchObject({ outcome: 'succeeded' });
  });
});

describe('another attempt', () => {
  it('is made for the causes that the job names and as often as it says, each in a container of its own', async () => {
    start();
    const submission = { retries: 2, retryOn: [7] };
    const id = enqueue('echo attempt $DOPQ_ATTEMPT; [ $DOPQ_ATTEMPT = 3 ] || exit 7', { submission });
    expect(await until(id, 'finished')).toMatchObject({ outcome: 'succeeded', attempt: 3 });
    await waitFor(() => [1, 2, 3].every((number) => store.attempts.get(id, number).cleared), { timeoutMs: 90_000 });
    const logs = [1, 2, 3].map((number) => readFileSync(store.attempts.get(id, number).logPath, 'utf8'));
    expect(logs.map((text) => text.replace(/^\S+ /, ''))).toEqual([1, 2, 3].map((number) => `attempt ${number}\n`));
    expect([1, 2, 3].map((number) => store.attempts.get(id, number).outcome)).toEqual([
      'failed',
      'failed',
      'succeeded',
    ]);
  });

  it('is not made for another cause', async () => {
    start();
    const id = enqueue('exit 3', { submission: { retries: 2, retryOn: [7, 'out_of_memory'] } });
    expect(await until(id, 'finished')).toMatchObject({ outcome: 'failed', exitCode: 3, attempt: 1 });
  });
});

describe('GPUs', () => {
  it('are given by UUID, each to one job at a time', async () => {
    start({ gpus: [GPU] });
    const jobs = [1, 2, 3].map(() => enqueue('echo $NVIDIA_VISIBLE_DEVICES; sleep 0.3', { numGpus: 1 }));
    for (const id of jobs) expect((await until(id, 'finished')).outcome).toBe('succeeded');
    const spans = jobs.map((id) => store.attempts.get(id, 1)).sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0));
    expect(spans.map((span) => span.gpuUuids)).toEqual([[GPU], [GPU], [GPU]]);
    const overlaps = spans.filter(
      (span, index) => (spans[index + 1]?.createdAt ?? Infinity) < (span.endedAt ?? Infinity),
    );
    expect(overlaps).toEqual([]);
  });

  it('a job without GPUs sees none', async () => {
    start({ gpus: [GPU] });
    const id = enqueue('echo $NVIDIA_VISIBLE_DEVICES');
    await until(id, 'finished');
    await waitFor(() => store.attempts.get(id, 1).logComplete, { timeoutMs: 90_000, message: 'log complete' });
    expect(logOf(id)).toBe('void\n');
  });
});

describe('the server comes and goes', () => {
  it('a running container is adopted, with its whole log and its true exit code', async () => {
    start();
    const id = enqueue('for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.2; done; exit 5');
    await until(id, 'running');
    await queue?.[Symbol.asyncDispose]();
    expect(store.jobs.get(id).state).toBe('running');
    start();
    expect(await until(id, 'finished')).toMatchObject({ outcome: 'failed', exitCode: 5, attempt: 1 });
    await waitFor(() => store.attempts.get(id, 1).cleared, { timeoutMs: 90_000, message: 'cleared' });
    expect(logOf(id)).toBe([1, 2, 3, 4, 5, 6, 7, 8].map((i) => `line ${i}\n`).join(''));
  });

  it('a start whose end was never recorded is gone on with, not repeated', async () => {
    const id = enqueue('echo once');
    store.attempts.begin(
      store.jobs.get(id),
      { machineId: 'local', gpuUuids: [], gpuModels: [], slotsPerGpu: 1 },
      () => ({ container: `dopq-${id}-1`, log: path.join(dir, 'log') }),
    );
    start();
    expect(await until(id, 'finished')).toMatchObject({ outcome: 'succeeded', attempt: 1 });
  });
});

describe('the engine comes and goes', () => {
  it('is waited for; no job fails for it', async () => {
    const running = start();
    await docker.stop();
    const id = enqueue('true');
    await waitFor(() => running.status().state === 'paused', { timeoutMs: 90_000, message: 'paused' });
    await docker.restart();
    expect(await until(id, 'finished')).toMatchObject({ outcome: 'succeeded' });
    expect(running.status().state).toBe('running');
  });

  it('that restarts ends its containers: interrupted, not failed and not succeeded', async () => {
    start();
    const killed = enqueue('sleep 1000');
    const trapping = enqueue('trap "exit 0" TERM; while true; do sleep 0.1; done');
    await until(killed, 'running');
    await until(trapping, 'running');
    await docker.restart();
    expect(await until(killed, 'finished')).toMatchObject({ outcome: 'interrupted' });
    expect(await until(trapping, 'finished')).toMatchObject({ outcome: 'interrupted' });
  });
});
