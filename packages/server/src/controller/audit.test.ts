import { userInfo } from 'node:os';
import { AuditEntry, findRefusal } from '@dopq/contract';
import { expect, test, vi } from 'vitest';
import { runController } from './running-controller.fixture.ts';
import { PASSWORD, visit, visitAs } from './visitor.ts';

// Every sign-in costs a hash, which is slow by design.
vi.setConfig({ testTimeout: 60_000 });

/** Nobody but that account, and root, can reach the admin socket. */
const ACCOUNT = `${userInfo().username} (socket)`;

test('who did what to which thing, from where, and whether it was let', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'zoe');
  const [own, other] = [running.addJob({ user: 'zoe' }).id, running.addJob({ user: 'yan' }).id];
  await page.client.jobs.cancel({ id: own, reason: 'a typo' });
  await page.client.jobs.cancel({ id: other }).catch(() => {});
  await page.client.jobs.cancel({ id: own }).catch(() => {});
  await page.fetch(`/jobs/${other}/log`);
  await running.client.queue.lock({ message: 'driver update' });
  const [first, ...rest] = (await running.client.audit.list({ limit: 5 })).toReversed();
  expect(first).toMatchObject({
    who: 'user:zoe',
    role: 'user',
    how: 'session',
    from: '127.0.0.1',
    what: 'jobs.cancel',
    which: `#${own}`,
    details: '{"reason":"a typo"}',
    result: 'done',
    code: null,
    at: new Date(running.clock.at).toISOString(),
  });
  expect(rest).toMatchObject([
    { what: 'jobs.cancel', which: `#${other}`, result: 'refused', code: 'NOT_YOUR_JOB' },
    { what: 'jobs.cancel', which: `#${own}`, result: 'failed', code: 'JOB_NOT_ACTIVE' },
    { what: 'GET /jobs/:id/log', which: `#${other}`, result: 'refused', code: 'NOT_YOUR_JOB' },
    { who: ACCOUNT, how: 'admin socket', what: 'queue.lock', details: '{"message":"driver update"}', result: 'done' },
  ]);
});

test('an act and its entry are recorded together or not at all', async () => {
  await using running = await runController();
  const { store, client } = running;
  const entries = () => store.audit.list({ what: 'queue', limit: 10 }).map(({ what, result }) => `${what} ${result}`);
  let atCommit: string[] | undefined;
  const stop = store.onCommit(() => {
    atCommit ??= entries();
  });
  await client.queue.lock({ message: 'driver update' });
  stop();
  expect(atCommit).toEqual(['queue.lock done']);
  expect(entries()).toEqual(['queue.lock done']);
  // What comes last in the transaction of the act undoes all of it.
  store.beforeCommit(() => {
    if (store.events.newest() > newest) throw new Error('the disk went away');
  });
  const newest = store.events.newest();
  await expect(client.queue.unlock({})).rejects.toThrow('The server failed at this.');
  expect(await client.status()).toMatchObject({ queue: { lock: { locked: true } } });
  expect(entries()).toEqual(['queue.unlock failed', 'queue.lock done']);
});

test('an act that changes nothing has its entry too', async () => {
  await using running = await runController();
  await running.client.queue.unlock({});
  expect(await running.client.audit.list({})).toMatchObject([{ what: 'queue.unlock', result: 'done' }]);
});

test('many jobs deleted are one act', async () => {
  await using running = await runController();
  const ids = [1, 2, 3].map(() => running.addJob({ user: 'zoe' }).id);
  const gone = running.addJob({ user: 'zoe' }).id;
  await running.client.jobs.cancel({ id: gone });
  let commits = 0;
  running.store.onCommit(() => commits++);
  const { deleted, refused } = await running.client.jobs.delete({ ids: [...ids, gone] });
  expect([deleted, refused.map(({ id }) => id), commits]).toEqual([ids, [gone], 1]);
  expect(running.asked).toEqual(expect.arrayContaining(ids.map((id) => `abort ${id}`)));
  expect(await running.client.audit.list({ what: 'jobs.delete' })).toHaveLength(1);
});

test('events carry who did it', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'zoe');
  const { id } = running.addJob({ user: 'zoe' });
  const cancelled = await page.client.jobs.cancel({ id });
  expect(cancelled.reason).toBe('cancelled by zoe');
  expect((await page.client.jobs.events({ id })).at(-1)).toMatchObject({ actor: 'user:zoe', kind: 'finished' });
});

test('sign-ins are there, good and bad, and nothing secret is', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'zoe');
  await page.client.session.signIn({ user: 'zoe', password: 'not the password' }).catch(() => {});
  const { secret } = await page.client.tokens.create({ name: 'laptop', scope: 'read' });
  const { code } = await running.client.users.invite({ name: 'zoe' });
  await visit(running).client.session.register({ user: 'zoe', password: 'quite another one', code });
  const entries = await running.client.audit.list({});
  expect(entries.filter(({ what }) => what === 'session.signIn')).toMatchObject([
    { which: 'zoe', result: 'refused', code: 'SIGN_IN_FAILED' },
    { which: 'zoe', result: 'done' },
  ]);
  const written = JSON.stringify(entries);
  for (const hidden of [PASSWORD, 'not the password', 'quite another one', secret, code]) {
    expect(written).not.toContain(hidden);
  }
});

test('it is filtered, paged and exported, by administrators only', async () => {
  await using running = await runController();
  const admin = await visitAs(running, 'ada', 'admin');
  for (let i = 0; i < 5; i++) {
    running.clock.at += 1000;
    await admin.client.queue.lock({ message: `number ${i}` });
  }
  await running.client.queue.unlock({});
  const mine = { who: 'ada', what: 'queue' };
  const newest = await admin.client.audit.list({ ...mine, limit: 2 });
  expect(newest.map(({ details }) => details)).toEqual(['{"message":"number 4"}', '{"message":"number 3"}']);
  const older = await admin.client.audit.list({ ...mine, before_seq: newest[1]?.seq, limit: 10 });
  expect(older.map(({ details }) => details)).toEqual([2, 1, 0].map((i) => `{"message":"number ${i}"}`));
  const since = newest[1]?.at;
  expect(await admin.client.audit.list({ ...mine, since })).toHaveLength(2);
  expect(await admin.client.audit.list({ ...mine, until: since })).toHaveLength(3);
  expect(await admin.client.audit.list({ what: 'queue.unlock', result: 'done' })).toMatchObject([{ who: ACCOUNT }]);
  expect(await admin.client.audit.list({ who: userInfo().username, what: 'queue' })).toHaveLength(1);

  const exported = await (await admin.fetch('/audit.ndjson?what=queue')).text();
  const lines = exported.trimEnd().split('\n');
  expect(lines.map((line) => AuditEntry.parse(JSON.parse(line)).seq)).toEqual(
    (await admin.client.audit.list({ what: 'queue' })).map(({ seq }) => seq).toReversed(),
  );
  const user = await visitAs(running, 'zoe');
  const refusal = await user.client.audit.list({}).catch((error: unknown) => findRefusal(error));
  expect(refusal).toMatchObject({ code: 'ROLE_NEEDED' });
  expect((await user.fetch('/audit.ndjson')).status).toBe(403);
});

test('the same refusal over and over is written once a minute, and strangers who look around not at all', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'zoe');
  const { id } = running.addJob({ user: 'yan' });
  const refusals = async () => (await running.client.audit.list({ result: 'refused' })).length;
  for (let i = 0; i < 20; i++) await page.client.jobs.cancel({ id }).catch(() => {});
  expect(await refusals()).toBe(1);
  running.clock.at += 60_000;
  await page.client.jobs.cancel({ id }).catch(() => {});
  expect(await refusals()).toBe(2);
  await visit(running)
    .client.jobs.cancel({ id })
    .catch(() => {});
  expect(await refusals()).toBe(2);
});
