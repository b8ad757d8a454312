// The scheduler's answers as people get them: real processes against a real server on a simulated engine.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Explanation, type Job, Ledger } from '@dopq/contract';
import { type Dopq, startDopq, waitFor, zip } from '@dopq/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { project } from './project.ts';

let dopq: Dopq;

beforeAll(async () => {
  dopq = await startDopq({ users: ['alice', 'bob', 'carol'] });
});
afterAll(() => dopq[Symbol.asyncDispose]());

/** Submits a job that does what `command` says. @returns its id */
async function submit(name: string, command: string, more: object = {}): Promise<number> {
  return Number(await dopq.dopq('submit', '-q', project(dopq, name, command, more)));
}

async function until(id: number, wanted: Job['state'] | ((job: Job) => boolean)): Promise<Job> {
  let job: Job | undefined;
  const isWanted = typeof wanted === 'string' ? ({ state }: Job) => state === wanted : wanted;
  await waitFor(
    async () => {
      job = await dopq.client.jobs.get({ id });
      return isWanted(job);
    },
    { message: () => `job #${id}, which is ${JSON.stringify(job)}` },
  );
  return job as Job;
}

async function json(...args: string[]): Promise<unknown> {
  return JSON.parse(await dopq.dopq(...args, '-o', 'json'));
}

/** The jobs of an array in their order, once it is built: other jobs may have got numbers in between. */
async function membersOf(arrayId: number, count: number): Promise<number[]> {
  const find = async () =>
    (await dopq.client.jobs.list({ scope: 'all' }))
      .filter(({ array }) => array?.id === arrayId)
      .sort((a, b) => (a.array?.index ?? 0) - (b.array?.index ?? 0))
      .map(({ id }) => id);
  await waitFor(async () => (await find()).length === count, { message: `${count} jobs of the array #${arrayId}` });
  return await find();
}

/** Ends jobs and waits until they have. */
async function clear(...ids: number[]): Promise<void> {
  await dopq.dopq('cancel', ...ids.map(String));
  for (const id of ids) await until(id, 'finished');
}

test('explain names every blocker, what is clear, who is before it, and what would help', async () => {
  const holder = await submit('holder', 'sleep 600', { num_gpus: 3, time_limit: '1h' });
  await until(holder, 'running');
  const wide = await submit('wide', 'true', { num_gpus: 4, executor_name: 'bob' });
  await until(wide, 'queued');
  const after = await submit('after', 'true', { num_gpus: 2, executor_name: 'carol', time_limit: '2h' });
  await until(after, 'queued');

  const found = Explanation.parse(await json('explain', String(after)));
  expect(found.ahead).toMatchObject([{ id: wide, user: 'bob' }]);
  const [place] = found.alternatives;
  expect(place?.blockers.map(({ kind, resource }) => ({ kind, resource }))).toEqual([
    { kind: 'short', resource: 'gpus' },
  ]);
  expect(place?.clear).toHaveLength(2);
  // One GPU is free, but set aside for the wide job in an hour; two hours do not fit in before it.
  expect(found.counterfactuals).toContainEqual(expect.objectContaining({ text: 'with 1 GPU' }));
  const page = await dopq.dopq('explain', String(after));
  expect(page).toContain(`#${wide} wide: bob has 0.0000`);
  expect(page).toMatch(/✖ 2 GPUs, 1 free/);
  expect(page).toMatch(/✔ 64m|✔ 0.1 GiB/);
  expect(page).toContain('What would change that');

  const { predicted_start_at: p50, predicted_start_p90_at: p90 } = await until(
    wide,
    (job) => job.predicted_start_at !== null,
  );
  expect(Date.parse(p50 ?? '')).toBeLessThanOrEqual(Date.parse(p90 ?? ''));
  // The holder is stopped after an hour at the latest.
  expect(Date.parse(p90 ?? '')).toBeLessThanOrEqual(Date.now() + 3_600_000);
  expect(await dopq.dopq('ps')).toMatch(new RegExp(`${wide} +wide +bob .* (<1m|\\d+m)(-\\d+m)? +4 GPUs`));
  expect(await dopq.dopq('explain', String(holder))).toContain('running');
  const compared = await dopq.dopq('explain', String(after), '--before', String(wide));
  expect(compared).toContain(`#${wide} wide of bob goes before #${after} after of carol:`);
  expect(compared).toMatch(/(waited longer|bob has the lower penalty)/);
  await clear(wide, after, holder);
  const over = await dopq.dopq('explain', String(holder));
  expect(over).toContain('Asked for and used');
  expect(over).toMatch(/time +1h00m +\S+ \(\d+ %\)/);
  expect(over).toMatch(/with a time limit of \d+ min: it would have started no earlier/);
});

test('the lines of a ledger add up to the penalty that the queue uses', async () => {
  const first = await submit('spent', 'sleep 1', { num_gpus: 1, executor_name: 'carol' });
  await until(first, 'finished');
  const second = await submit('spends', 'sleep 600', { num_gpus: 2, executor_name: 'carol' });
  await until(second, 'running');
  const [ledger] = Ledger.array().parse(await json('ledger', 'carol'));
  expect(ledger?.lines.map(({ job_id }) => job_id)).toEqual([second, first]);
  const sum = ledger?.lines.reduce((total, { penalty }) => total + penalty, 0) ?? 0;
  expect(Math.abs(sum - (ledger?.penalty ?? 0))).toBeLessThan(1e-9);
  expect(ledger?.lines[0]?.use).toMatchObject({ gpus: 2, costs: { gpus: 0.5 }, rate: 0.5 });
  expect(ledger?.lines[0]?.use?.remaining).toBeCloseTo(1, 4);
  const { penalty = 0 } = (await dopq.client.users.list()).find(({ name }) => name === 'carol') ?? {};
  expect(penalty).toBeCloseTo(ledger?.penalty ?? 0, 4);
  expect(await dopq.dopq('ledger')).toMatch(
    new RegExp(`carol: penalty .*\\n.*PENALTY\\n +#${second} +spends +2 +50.0 %`),
  );
  expect((await dopq.tryDopq('ledger', 'nobody')).exitCode).toBe(5);
  await clear(second);
});

test('a held job waits for its release, also where its container_config.json or its building asks for it', async () => {
  const held = await submit('held', 'true', { hold: true });
  const { reason } = await until(held, 'held');
  expect(reason).toBe('held as its container_config.json asks');
  await dopq.dopq('lock', '--message', 'driver update');
  const locked = await submit('locked', 'true');
  await until(locked, 'queued');
  expect((await dopq.client.status()).queue).toMatchObject({ state: 'locked', locked: true });
  expect(await dopq.dopq('ps')).toMatch(new RegExp(`${locked} .*the queue is locked: driver update`));
  expect(await dopq.dopq('hold', String(locked), '--reason', 'wrong data')).toBe(`#${locked} held`);
  expect(await dopq.dopq('show', String(locked))).toContain('held by admin: wrong data');
  await dopq.dopq('unlock');
  expect(await dopq.dopq('release', String(held), String(locked))).toBe(`#${held} released\n#${locked} released`);
  for (const id of [held, locked]) expect(await until(id, 'finished')).toMatchObject({ outcome: 'succeeded' });
  const again = await dopq.tryDopq('release', String(held));
  expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('is not held') });
});

test('a user reorders own jobs and passes nobody else; an operator passes everybody', async () => {
  await dopq.dopq('lock');
  const [a, b, other, c] = [
    await submit('own-1', 'true'),
    await submit('own-2', 'true'),
    await submit('others', 'true', { executor_name: 'bob' }),
    await submit('own-3', 'true'),
  ];
  for (const id of [a, b, other, c]) await until(id, 'queued');
  const order = async () => (await dopq.dopq('ps', '-q')).split('\n').map(Number);
  const places = async () => (await order()).map((id) => (id === other ? 'bob' : 'alice'));
  const before = await places();
  const own = async () => (await order()).filter((id) => id !== other);

  await dopq.dopq('move', String(c));
  expect(await own()).toEqual([c, a, b]);
  await dopq.dopq('move', String(a), '--last');
  expect(await own()).toEqual([c, b, a]);
  await dopq.dopq('move', String(a), '--before', String(b));
  expect(await own()).toEqual([c, a, b]);
  await dopq.dopq('nice', '5', String(c));
  expect(await own()).toEqual([a, b, c]);
  expect(await places()).toEqual(before);
  const refused = await dopq.tryDopq('move', String(a), '--after', String(other));
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no other waiting job') });

  await dopq.dopq('priority', '1', String(b));
  expect((await order())[0]).toBe(b);
  await dopq.dopq('unlock');
  for (const id of [a, b, other, c]) await until(id, 'finished');
  const started = (await dopq.client.jobs.list({ scope: 'finished', limit: 50 })).filter(({ id }) =>
    [a, b].includes(id),
  );
  const at = (id: number) => Date.parse(started.find((job) => job.id === id)?.started_at ?? '');
  expect(at(b)).toBeLessThanOrEqual(at(a));
});

test('what no machine here has is refused at once, with what is here', async () => {
  const model = await dopq.tryDopq('submit', project(dopq, 'no-such-gpu', 'true', { num_gpus: 1, gpu_model: 'H900' }));
  expect(model.exitCode).toBe(6);
  expect(model.stderr).toContain('is H900, of which a machine here has 0');
  const memory = await dopq.tryDopq(
    'submit',
    project(dopq, 'no-such-memory', 'true', { num_gpus: 1, min_gpu_memory: '900g' }),
  );
  expect(memory.exitCode).toBe(6);
  expect(memory.stderr).toMatch(/is 900g; of the GPUs here that suit, 1 have \d+g/);
  const [gpu] = await dopq.client.gpus.list();
  const fits = await submit('this-gpu', 'true', { num_gpus: 1, gpu_model: gpu?.name, min_gpu_memory: '1g' });
  expect(await until(fits, 'finished')).toMatchObject({ outcome: 'succeeded', gpu_models: [gpu?.name] });
});

test('a job is stopped at its time limit, and gets more time where nobody pays for it', async () => {
  const short = await submit('short', 'sleep 600', { time_limit: '2s' });
  expect(await until(short, 'finished')).toMatchObject({ outcome: 'timed_out' });
  expect((await dopq.tryDopq('wait', String(short))).exitCode).toBe(124);

  const holder = await submit('extended', 'sleep 600', { num_gpus: 4, time_limit: '10m' });
  await until(holder, 'running');
  expect(await dopq.dopq('extend', String(holder), '1h')).toBe(`#${holder} may run for 1h10m`);
  const waiting = await submit('waits-for-it', 'true', { num_gpus: 1, executor_name: 'bob' });
  await until(waiting, 'queued');
  const refused = await dopq.tryDopq('extend', String(holder), '2h');
  expect(refused).toMatchObject({ exitCode: 6, stderr: expect.stringContaining(`#${waiting} would start later`) });
  expect(await dopq.dopq('extend', String(holder), '2h', '--force')).toBe(`#${holder} may run for 3h10m`);
  const unlimited = await dopq.tryDopq('extend', String(waiting), '2h');
  expect(unlimited.stderr).toContain('has no time limit');
  await clear(waiting, holder);
});

test('an array is one build and many jobs, and what waits for it starts after all of it', async () => {
  const first = await submit('sweep', 'echo "number $DOPQ_ARRAY_INDEX of $DOPQ_ARRAY_COUNT"; sleep 1', {
    count: 3,
    max_parallel: 1,
  });
  const after = await submit('collect', 'true', { after_ok: ['sweep'] });
  const jobs = await membersOf(first, 3);
  expect(await dopq.dopq('show', String(jobs[1]))).toContain(
    `number 1 of the array #${first} (3 jobs, at most 1 at once)`,
  );
  const { started_at: startedAt } = await until(after, 'finished');
  const ends = await Promise.all(jobs.map(async (id) => (await dopq.client.jobs.get({ id })).finished_at));
  for (const end of ends) expect(Date.parse(startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(end ?? ''));
  const logs = await Promise.all(jobs.map(async (id) => await dopq.dopq('logs', String(id))));
  expect(logs).toEqual([0, 1, 2].map((index) => expect.stringContaining(`number ${index} of 3`)));
});

test('no more of an array run at once than it says; cancelling it cancels all of it, and what needs its success', async () => {
  const first = await submit('long-sweep', 'sleep 600', { count: 2, max_parallel: 1 });
  const needs = await submit('needs-it', 'true', { after_ok: first });
  const waits = await submit('cleans-up', 'true', { after_any: first });
  await until(needs, 'queued');
  const [, second = 0] = await membersOf(first, 2);
  await until(second, ({ reason }) => reason === `at most 1 of the array #${first} at once`);
  expect(await dopq.dopq('explain', String(needs))).toContain(`starts when #${first} has succeeded`);
  await dopq.dopq('cancel', '--array', String(second));
  for (const id of [first, second]) expect(await until(id, 'finished')).toMatchObject({ outcome: 'cancelled' });
  expect(await until(needs, 'finished')).toMatchObject({
    outcome: 'cancelled',
    // Whichever of them ended first.
    reason: expect.stringMatching(/^#\d+, whose success it waited for, was cancelled$/),
  });
  expect(await until(waits, 'finished')).toMatchObject({ outcome: 'succeeded' });
});

test('an earliest start is kept, and told', async () => {
  const at = new Date(Date.now() + 3_600_000).toISOString();
  const later = await submit('later', 'true', { not_before: at });
  const { not_before_at: told } = await until(later, 'queued');
  expect(told).toBe(at);
  expect(await dopq.dopq('explain', String(later))).toContain('not before');
  await clear(later);
});

test('predictions are held against what happened', async () => {
  // Where nobody has a past, a job is expected to need its hour: the promise cannot be missed by a slow machine.
  await using fresh = await startDopq({ users: ['alice', 'bob'] });
  const send = async (name: string, command: string, more: object) =>
    Number(await fresh.dopq('submit', '-q', project(fresh, name, command, more)));
  const seen = (id: number, isWanted: (job: Job) => boolean) =>
    waitFor(async () => isWanted(await fresh.client.jobs.get({ id })));
  const holder = await send('in-front', 'sleep 600', { num_gpus: 4, time_limit: '1h' });
  await seen(holder, (job) => job.state === 'running');
  const waiting = await send('promised', 'true', { num_gpus: 4, executor_name: 'bob' });
  await seen(waiting, (job) => job.predicted_start_at !== null);
  await fresh.dopq('cancel', String(holder));
  await seen(waiting, (job) => job.state === 'finished');
  const { promises } = (await fresh.client.status()).queue;
  expect(promises).toEqual({ started: 1, kept_p50: 1, kept_p90: 1 });
  expect(await fresh.dopq('status')).toContain('of 1 predicted starts');
});

test('limits of the site and of a user make jobs wait with that reason', async () => {
  const settings = { queue: { policy: 'fifo', 'max.running.gpus.per.user': '2', 'time.limit.max': '1h' } };
  await using limited = await startDopq({ settings });
  const jobs = await Promise.all(
    [1, 2, 3].map(async (number) => {
      const files = {
        Dockerfile: 'FROM busybox\nCMD ["sleep", "600"]\n',
        'container_config.json': JSON.stringify({ name: `job-${number}`, num_gpus: 1, required_memory: '64m' }),
      };
      const file = path.join(limited.dir, `job-${number}.zip`);
      writeFileSync(file, await zip(files));
      return Number(await limited.dopq('submit', '-q', file, '--user', 'alice'));
    }),
  );
  const states = async () => (await limited.client.jobs.list({})).filter(({ id }) => jobs.includes(id));
  await waitFor(async () => (await states()).filter(({ state }) => state === 'running').length === 2);
  await waitFor(async () =>
    (await states()).some(({ state, reason }) => state === 'queued' && reason === 'at most 2 GPUs in use per user'),
  );
  expect((await states()).every(({ time_limit_seconds }) => time_limit_seconds === 3600)).toBe(true);
  expect((await limited.client.status()).queue.policy).toBe('fifo');

  expect(await limited.dopq('user', 'limit', 'alice', '--running-gpus', '3')).toContain('running GPUs 3');
  await waitFor(async () => (await states()).filter(({ state }) => state === 'running').length === 3);
  expect(await limited.dopq('user', 'share', 'alice', '2')).toBe('alice has share 2');
  expect((await limited.client.users.list()).find(({ name }) => name === 'alice')).toMatchObject({
    shares: 2,
    max_running_gpus: 3,
  });
});

test('the own past is played again under the policy in force, in the recorded order, beside other policies', async () => {
  await using lab = await startDopq({ users: ['alice', 'bob', 'carol'] });
  const submitTo = async (user: string, seconds: number, number: number) => {
    const config = { name: `${user}-${number}`, num_gpus: 4, required_memory: '64m' };
    const files = {
      Dockerfile: `FROM busybox\nCMD ["sleep", "${seconds}"]\n`,
      'container_config.json': JSON.stringify(config),
    };
    const archive = path.join(lab.dir, `${user}-${number}.zip`);
    writeFileSync(archive, await zip(files));
    return Number(await lab.dopq('submit', '-q', archive, '--user', user));
  };
  const first = await submitTo('alice', 600, 0);
  await waitFor(async () => (await lab.client.jobs.get({ id: first })).state === 'running');
  const users = ['alice', 'alice', 'bob', 'carol', 'bob'];
  const ids = await Promise.all(users.map((user, number) => submitTo(user, 1, number + 1)));
  await waitFor(async () => (await lab.client.status()).queue.queued === ids.length);
  await lab.dopq('cancel', String(first));
  await waitFor(async () => (await lab.client.status()).queue.queued === 0);
  await waitFor(async () => (await lab.client.status()).queue.running === 0);

  const rows = JSON.parse(await lab.dopq('simulate', '--policy', 'current,fifo', '-o', 'json')) as object[];
  const order = { jobs: ids.length + 1, in_order: ids.length + 1 };
  expect(rows).toMatchObject([
    { policy: 'as recorded', jobs: 6, skipped: 0 },
    { policy: 'current (fair-share)', jobs: 6, recorded_order: order },
    { policy: 'fifo', jobs: 6 },
  ]);
  const { stdout, stderr } = await lab.tryDopq('simulate', '--per-user');
  expect(stdout).toMatch(/^POLICY .*\nas recorded .*\ncurrent \(fair-share\) .*\n\nUSER/);
  expect(stderr).toContain('6 of 6 jobs start in the recorded order');
});
