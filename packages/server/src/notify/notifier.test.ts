import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { NoticeEvent } from '@dopq/contract';
import { SMTPServer } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import { runController, type RunningController } from '../controller/running-controller.fixture.ts';
import { pauseAfter } from './notifier.ts';
import { sign } from './webhook.ts';

interface Call {
  headers: IncomingHttpHeaders;
  body: string;
  url: string;
}

/** A real receiver on loopback; `status` is what it answers. */
async function receiveHooks(status: (call: Call) => number = () => 204) {
  const calls: Call[] = [];
  const receive = async (request: IncomingMessage, answer: ServerResponse) => {
    const call = { headers: request.headers, body: await text(request), url: request.url ?? '' };
    calls.push(call);
    answer.writeHead(status(call), { location: '/elsewhere' }).end('secret things of the inside');
  };
  const server = createServer((request, answer) => void receive(request, answer));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { calls, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

async function receiveMail() {
  const letters: { to: string[]; text: string }[] = [];
  const state = { isDown: false };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.once('end', () => {
        if (state.isDown) return done(new Error('451 the mailbox is on fire'));
        letters.push({ to, text: Buffer.concat(pieces).toString() });
        return done();
      });
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.close());
  return { letters, state, url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}` };
}

function startAndFail({ store, clock }: RunningController, job: { id: number }): void {
  const event = (kind: string) => ({ actor: 'queue', kind, message: kind });
  store.jobs.change(job.id, ['receiving'], { state: 'running', startedAt: clock.at }, event('running'));
  const end = {
    state: 'finished',
    outcome: 'failed',
    reason: 'exit code 3',
    exitCode: 3,
    finishedAt: clock.at,
  } as const;
  store.jobs.change(job.id, ['running'], end, event('finished'));
}

async function withUser(settings: Record<string, string>) {
  const running = await runController(settings);
  onTestFinished(() => running[Symbol.asyncDispose]());
  running.store.users.add({ name: 'alice', email: 'alice@lab.example' }, running.clock.at);
  const { notifier } = running.deps as unknown as { notifier: { run(): Promise<void> } };
  return { ...running, running, run: () => notifier.run() };
}

test('a webhook gets what its owner asked for, signed as Standard Webhooks says, and nothing else', async () => {
  const hooks = await receiveHooks();
  const { client, running, run, clock } = await withUser({ 'webhook.private': 'yes' });
  const { channel, secret } = await client.notifications.add({
    user: 'alice',
    kind: 'webhook',
    target: hooks.url,
    events: ['failed'],
  });
  const job = running.addJob({ name: 'resnet' });
  running.addJob({ user: 'bob' });
  startAndFail(running, job);
  await run();

  expect(hooks.calls).toHaveLength(1);
  const { headers, body } = hooks.calls[0] as Call;
  expect(JSON.parse(body)).toMatchObject({
    type: 'job.failed',
    data: { text: `#${job.id} resnet: failed: exit code 3`, job: { id: job.id, user: 'alice', exit_code: 3 } },
  });
  const timestamp = Number(headers['webhook-timestamp']);
  expect(timestamp).toBe(Math.floor(clock.at / 1000));
  expect(headers['webhook-signature']).toBe(sign(secret ?? '', String(headers['webhook-id']), timestamp, body));
  expect(await client.notifications.deliveries({ user: 'alice' })).toMatchObject([
    { channel: channel.id, event: 'failed', state: 'delivered', tries: 1 },
  ]);
  await run();
  expect(hooks.calls).toHaveLength(1);
});

test('the signature is that of the specification', () => {
  // The example of the Standard Webhooks reference implementations.
  const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const signature = sign(key, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}');
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('an e-mail goes to the user, a mail server that is out is tried again later, and the failure can be seen', async () => {
  const mail = await receiveMail();
  const { client, running, run, clock } = await withUser({ 'smtp.url': mail.url, 'mail.from': 'dopq@lab.example' });
  await client.notifications.add({ user: 'alice', kind: 'email', events: ['started', 'failed'] });
  mail.state.isDown = true;
  startAndFail(running, running.addJob({ name: 'bert' }));
  await run();

  const [channel] = await client.notifications.list({ user: 'alice' });
  expect(channel).toMatchObject({ target: 'alice@lab.example', waiting: 2, failure: expect.stringContaining('fire') });
  mail.state.isDown = false;
  await run();
  expect(mail.letters).toEqual([]);
  clock.at += pauseAfter(0);
  await run();
  expect(mail.letters.map(({ to }) => to)).toEqual([['alice@lab.example'], ['alice@lab.example']]);
  expect(mail.letters.map(({ text: letter }) => /^Subject: (.*)$/m.exec(letter)?.[1]?.trim())).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^DoPQ: #\d+ bert has started$/),
      expect.stringMatching(/^DoPQ: #\d+ bert: failed: exit code 3$/),
    ]),
  );
  expect(await client.notifications.list({ user: 'alice' })).toMatchObject([{ waiting: 0 }]);
});

test('the test button sends at once and says why it did not get through', async () => {
  const hooks = await receiveHooks(({ url }) => (url === '/hook' ? 302 : 200));
  const { client } = await withUser({ 'webhook.private': 'yes' });
  const add = async (target: string) =>
    (await client.notifications.add({ user: 'alice', kind: 'webhook', target, events: ['held'] })).channel.id;
  expect(await client.notifications.test({ id: await add(hooks.url) })).toEqual({
    delivered: false,
    failure: 'it answered 302; redirects are not followed',
  });
  expect(hooks.calls.map(({ url }) => url)).toEqual(['/hook']);
  expect(await client.notifications.test({ id: await add(hooks.url.replace('/hook', '/ok')) })).toEqual({
    delivered: true,
    failure: null,
  });
});

test('no webhook goes to an address inside, by number or by name, unless the site allows it (row 72)', async () => {
  const hooks = await receiveHooks();
  const { client } = await withUser({});
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '2130706433']) {
    const target = hooks.url.replace('127.0.0.1', host);
    const { channel } = await client.notifications.add({ user: 'alice', kind: 'webhook', target, events: ['held'] });
    const { delivered, failure } = await client.notifications.test({ id: channel.id });
    expect([delivered, failure]).toEqual([false, expect.stringContaining('address inside')]);
  }
  expect(hooks.calls).toEqual([]);
});

test('a limit that comes near and a start that moves are told once, and the start again when it moves again', async () => {
  const hooks = await receiveHooks();
  const { client, running, run, store, clock, view } = await withUser({ 'webhook.private': 'yes' });
  await client.notifications.add({
    user: 'alice',
    kind: 'webhook',
    target: hooks.url,
    events: ['limit_near', 'moved'],
    moved_by_seconds: 3600,
  });
  const runs = running.addJob({ name: 'runs' });
  const queued = store.jobs.change(runs.id, ['receiving'], { state: 'queued', numGpus: 0, timeLimitMs: 100_000 });
  const place = { machineId: 'local', gpuUuids: [], gpuModels: [], slotsPerGpu: 1 };
  const attempt = queued && store.attempts.begin(queued, place, () => ({ container: 'c', log: '/l' }));
  if (attempt) store.attempts.markRunning(attempt, 'c0ffee', clock.at);
  const waits = running.addJob({ name: 'waits' });
  const hour = 3_600_000;
  const predict = (hours: number) => {
    const p50At = Date.UTC(2031, 4, 5) + hours * hour;
    view.predictions = new Map([[waits.id, { p50At, p90At: p50At }]]);
  };
  const texts = () => hooks.calls.map(({ body }) => (JSON.parse(body) as { data: { text: string } }).data.text);
  predict(0);
  store.jobs.change(waits.id, ['receiving'], { state: 'queued', promisedP50At: Date.UTC(2031, 4, 5) });
  await run();
  expect(texts()).toEqual([]);
  clock.at += 95_000;
  predict(0.9);
  await run();
  await run();
  expect(texts()).toEqual([expect.stringContaining('is stopped in 0 min')]);
  predict(3);
  await run();
  predict(3.5);
  await run();
  predict(1);
  await run();
  expect(texts().slice(1)).toEqual([
    expect.stringContaining('start 3.0 h later, at 2031-05-05T03:00'),
    expect.stringContaining('start 2.0 h earlier, at 2031-05-05T01:00'),
  ]);
});

test('each event there is reaches a mailbox and a webhook', async () => {
  const [mail, hooks] = [await receiveMail(), await receiveHooks()];
  const settings = { 'smtp.url': mail.url, 'mail.from': 'dopq@lab.example', 'webhook.private': 'yes' };
  const { client, running, run, store, clock, view } = await withUser(settings);
  const all = { user: 'alice', events: [...NoticeEvent.options], moved_by_seconds: 3600 };
  await client.notifications.add({ ...all, kind: 'email' });
  await client.notifications.add({ ...all, kind: 'webhook', target: hooks.url });

  startAndFail(running, running.addJob({ name: 'fails' }));
  const ends = running.addJob({ name: 'ends' });
  const end = { state: 'finished', outcome: 'succeeded', finishedAt: clock.at } as const;
  store.jobs.change(ends.id, ['receiving'], end, { actor: 'queue', kind: 'finished', message: 'succeeded' });
  const held = running.addJob({ name: 'held' });
  store.jobs.change(held.id, ['receiving'], { state: 'queued' });
  await client.jobs.hold({ id: held.id, reason: 'dataset not mounted' });
  const runs = running.addJob({ name: 'runs' });
  const queued = store.jobs.change(runs.id, ['receiving'], { state: 'queued', numGpus: 0, timeLimitMs: 100_000 });
  const place = { machineId: 'local', gpuUuids: [], gpuModels: [], slotsPerGpu: 1 };
  const attempt = queued && store.attempts.begin(queued, place, () => ({ container: 'c', log: '/l' }));
  if (attempt) store.attempts.markRunning(attempt, 'c0ffee', clock.at - 95_000);
  const waits = running.addJob({ name: 'waits' });
  const hour = 3_600_000;
  store.jobs.change(waits.id, ['receiving'], { state: 'queued', promisedP50At: clock.at });
  view.predictions = new Map([[waits.id, { p50At: clock.at + 2 * hour, p90At: clock.at + 3 * hour }]]);
  await run();

  const sent = hooks.calls.map(({ body }) => JSON.parse(body) as { type: string; data: { text: string } });
  expect([...new Set(sent.map(({ type }) => type.slice('job.'.length)))].toSorted()).toEqual(
    NoticeEvent.options.toSorted(),
  );
  const subjects = mail.letters.map(
    ({ text: letter }) => /^Subject: DoPQ: (.*)$/m.exec(letter)?.[1]?.slice(0, 20) ?? '',
  );
  expect(subjects.toSorted()).toEqual(sent.map(({ data }) => data.text.slice(0, 20)).toSorted());
});

test('channels of others are not there, and removing one takes what it had to deliver with it', async () => {
  const { client, running, run } = await withUser({});
  const { channel } = await client.notifications.add({
    user: 'alice',
    kind: 'webhook',
    target: 'http://127.0.0.1:9/key-in-the-path',
    events: ['failed'],
  });
  startAndFail(running, running.addJob());
  await run();
  expect(await client.notifications.deliveries({ user: 'alice' })).toMatchObject([{ state: 'waiting', tries: 1 }]);
  expect(await client.notifications.remove({ id: channel.id })).toEqual([]);
  expect(await client.notifications.deliveries({ user: 'alice' })).toEqual([]);
  const gone = await client.notifications.test({ id: channel.id }).catch((error: Error) => error.message);
  expect(gone).toBe(`There is no channel ${channel.id}.`);
});
