import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findRefusal } from '@dopq/contract';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runController } from '../running-controller.fixture.ts';
import { PASSWORD, visit, visitAs } from '../visitor.ts';

// Every sign-in costs a hash, which is slow by design.
vi.setConfig({ testTimeout: 60_000 });

const DAY_MS = 86_400_000;

/** Code of the refusal; undefined if it went well. */
async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  return await call.then(
    () => undefined,
    (error: unknown) => findRefusal(error)?.code ?? String(error),
  );
}

test('the first administrator signs up with the code of the server, once', async () => {
  await using running = await runController();
  const { setup_code: code } = (await running.client.status()).controller;
  const page = visit(running);
  expect(await page.client.session.whoami()).toMatchObject({ role: 'anonymous', needs_first_admin: true });
  const given = { user: 'ada', password: PASSWORD };
  expect(await codeOf(page.client.session.register({ ...given, code: 'AAAA-BBBB-CCCC-DDDD' }))).toBe('CODE_INVALID');
  const typed = code?.toLowerCase().replaceAll('-', ' ') ?? '';
  const me = await page.client.session.register({ ...given, code: typed });
  expect(me).toMatchObject({ user: 'ada', role: 'admin', how: 'session', needs_first_admin: false });
  expect(await page.client.users.list()).toMatchObject([{ name: 'ada', role: 'admin' }]);
  const second = visit(running).client.session.register({ user: 'eve', password: PASSWORD, code: code ?? '' });
  expect(await codeOf(second)).toBe('CODE_INVALID');
  expect((await running.client.status()).controller.setup_code).toBeNull();
});

test('who signs up waits for approval and sees nothing meanwhile', async () => {
  await using running = await runController();
  const admin = await visitAs(running, 'ada', 'admin');
  const page = visit(running);
  expect(await page.client.session.register({ user: 'bob', password: PASSWORD, email: 'b@lab.example' })).toMatchObject(
    {
      user: 'bob',
      role: 'pending',
    },
  );
  expect(await codeOf(page.client.jobs.list({}))).toBe('ACCOUNT_PENDING');
  expect(await codeOf(page.client.users.role({ name: 'bob', role: 'admin' }))).toBe('ROLE_NEEDED');
  expect(running.store.users.find('bob')).toBeUndefined();
  expect(await codeOf(admin.client.users.add({ name: 'Bob' }))).toBe('USER_EXISTS');
  expect(await admin.client.registrations.list()).toMatchObject([{ user: 'bob', email: 'b@lab.example' }]);
  await admin.client.registrations.approve({ name: 'bob' });
  expect(await page.client.session.whoami()).toMatchObject({ user: 'bob', role: 'user' });
  expect(await page.client.jobs.list({})).toEqual([]);
  expect(running.store.users.find('bob')?.email).toBe('b@lab.example');
});

test('who is rejected is signed out, and the name is free again', async () => {
  await using running = await runController();
  const page = visit(running);
  await page.client.session.register({ user: 'bob', password: PASSWORD });
  await running.client.registrations.reject({ name: 'bob' });
  expect(await page.client.session.whoami()).toMatchObject({ user: null, role: 'anonymous' });
  expect(await codeOf(visit(running).client.session.register({ user: 'bob', password: PASSWORD }))).toBeUndefined();
});

test('open and closed registration do what they say', async () => {
  await using open = await runController({ registration: 'open' });
  const joined = await visit(open).client.session.register({ user: 'zoe-of-the-lab', password: PASSWORD });
  expect(joined).toMatchObject({ role: 'user', registration: 'open' });
  await using closed = await runController({ registration: 'closed' });
  expect(await codeOf(visit(closed).client.session.register({ user: 'zoe', password: PASSWORD }))).toBe(
    'REGISTRATION_CLOSED',
  );
});

test('also where registration is open, an account of the machine is nobody’s for the asking: an administrator approves, and it keeps its uid', async () => {
  accountOfThisMachine('ilja', 4711);
  await using running = await runController({ registration: 'open' });
  const page = visit(running);
  expect(await page.client.session.register({ user: 'ilja', password: PASSWORD })).toMatchObject({ role: 'pending' });
  expect(running.store.users.find('ilja')).toBeUndefined();
  expect(await codeOf(page.client.jobs.list({}))).toBe('ACCOUNT_PENDING');
  expect(await running.client.registrations.list({})).toMatchObject([{ user: 'ilja', account_uid: 4711 }]);
  expect(await running.client.registrations.approve({ name: 'ilja' })).toMatchObject({ name: 'ilja', uid: 4711 });
  expect(await page.client.session.whoami()).toMatchObject({ user: 'ilja', role: 'user' });
});

/** As if a directory service knew that account: no test makes accounts on the machine it runs on. */
function accountOfThisMachine(name: string, uid: number): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'dopq-accounts-'));
  const before = process.env['PATH'];
  const line = `${name}:x:${uid}:${uid}::/home/${name}:/bin/sh`;
  const script = `#!/bin/sh\nif [ "$3" = ${name} ]; then echo '${line}'; else PATH='${before}' exec getent "$@"; fi\n`;
  writeFileSync(path.join(folder, 'getent'), script, { mode: 0o755 });
  process.env['PATH'] = `${folder}:${before}`;
  onTestFinished(() => {
    process.env['PATH'] = before;
    rmSync(folder, { recursive: true });
  });
}

test('nobody takes a name that is somebody else’s, whatever its case, or reads as the server’s own', async () => {
  await using running = await runController({ registration: 'open' });
  await running.client.users.add({ name: 'Zoe' });
  for (const user of ['Zoe', 'zoe', 'root', 'Admin']) {
    expect(await codeOf(visit(running).client.session.register({ user, password: PASSWORD }))).toBe('NAME_TAKEN');
  }
  for (const user of ['../x', 'a b', '-x', 'ü', 'x'.repeat(65)]) {
    expect(await codeOf(visit(running).client.session.register({ user, password: PASSWORD }))).toBe('BAD_REQUEST');
  }
  expect(await codeOf(visit(running).client.session.register({ user: 'yan', password: 'short' }))).toBe('BAD_REQUEST');
});

test('a user of the share is invited to a login of their own', async () => {
  await using running = await runController({ registration: 'closed' });
  await running.client.users.add({ name: 'zoe' });
  const { code } = await running.client.users.invite({ name: 'zoe' });
  const stranger = visit(running);
  expect(await codeOf(stranger.client.session.register({ user: 'eve', password: PASSWORD, code }))).toBe(
    'CODE_INVALID',
  );
  expect(await stranger.client.session.register({ user: 'zoe', password: PASSWORD, code })).toMatchObject({
    role: 'user',
  });
  expect(await codeOf(stranger.client.session.register({ user: 'zoe', password: PASSWORD, code }))).toBe(
    'CODE_INVALID',
  );
});

test('an invitation gives a forgotten password anew and ends the sessions of before', async () => {
  await using running = await runController();
  const before = await visitAs(running, 'zoe');
  const { code } = await running.client.users.invite({ name: 'zoe' });
  running.clock.at += 8 * DAY_MS;
  expect(await codeOf(visit(running).client.session.register({ user: 'zoe', password: PASSWORD, code }))).toBe(
    'CODE_INVALID',
  );
  const { code: newer } = await running.client.users.invite({ name: 'zoe' });
  await visit(running).client.session.register({ user: 'zoe', password: 'another password', code: newer });
  expect(await before.client.session.whoami()).toMatchObject({ role: 'anonymous' });
  const old = visit(running).client.session.signIn({ user: 'zoe', password: PASSWORD });
  expect(await codeOf(old)).toBe('SIGN_IN_FAILED');
});

test('a wrong password and a name that nobody has get the same answer', async () => {
  await using running = await runController();
  await visitAs(running, 'zoe');
  const answers = await Promise.all(
    ['zoe', 'nobody'].map((user) =>
      visit(running)
        .client.session.signIn({ user, password: 'not the password' })
        .catch((error: unknown) => findRefusal(error)),
    ),
  );
  expect(answers[0]).toEqual(answers[1]);
  expect(answers[0]).toMatchObject({ code: 'SIGN_IN_FAILED' });
});

test('guessing ends after ten tries for an account, also with the right password, until the window is over (row 66)', async () => {
  await using running = await runController();
  await visitAs(running, 'zoe');
  const page = visit(running);
  const guess = (password: string) => codeOf(page.client.session.signIn({ user: 'zoe', password }));
  const codes = await Promise.all(Array.from({ length: 12 }, (_, i) => guess(`guess number ${i}`)));
  expect(codes.filter((code) => code === 'SIGN_IN_FAILED')).toHaveLength(10);
  expect(codes.filter((code) => code === 'RATE_LIMITED')).toHaveLength(2);
  expect(await guess(PASSWORD)).toBe('RATE_LIMITED');
  running.clock.at += 5 * 60_000;
  expect(await guess(PASSWORD)).toBeUndefined();
});

test('guessing many accounts from one address ends too, and good sign-ins do not count (row 66)', async () => {
  await using running = await runController();
  await visitAs(running, 'zoe');
  const { address } = running.deps.accounts.limits;
  for (let i = 0; i < 29; i++) address.count('127.0.0.1');
  const page = visit(running);
  for (let i = 0; i < 2; i++) await page.client.session.signIn({ user: 'zoe', password: PASSWORD });
  expect(await codeOf(page.client.session.signIn({ user: 'yan', password: 'a guess' }))).toBe('SIGN_IN_FAILED');
  expect(await codeOf(page.client.session.signIn({ user: 'zoe', password: PASSWORD }))).toBe('RATE_LIMITED');
});

test('sessions are listed with where and when, and end one by one, all at once, by sign-out and by time', async () => {
  await using running = await runController();
  const first = await visitAs(running, 'zoe');
  const second = visit(running, { 'user-agent': 'Lynx' });
  await second.client.session.signIn({ user: 'zoe', password: PASSWORD });
  const listed = await second.client.session.list({});
  expect(listed).toMatchObject([
    { current: true, browser: 'Lynx', used_from: '127.0.0.1' },
    { current: false, user: 'zoe' },
  ]);
  expect(JSON.stringify(listed)).not.toContain(second.headers.cookie?.split('=')[1]);
  expect(await second.client.session.revoke({})).toEqual({ revoked: 1 });
  expect(await first.client.session.whoami()).toMatchObject({ role: 'anonymous' });
  expect(await second.client.session.signOut()).toMatchObject({ user: null });
  expect(second.headers.cookie).toBeUndefined();

  const third = await visitAs(running, 'zoe');
  running.clock.at += 13 * DAY_MS;
  expect(await third.client.session.whoami()).toMatchObject({ user: 'zoe' });
  running.clock.at += 13 * DAY_MS;
  expect(await third.client.session.whoami()).toMatchObject({ user: 'zoe' });
  running.clock.at += 14 * DAY_MS;
  expect(await third.client.session.whoami()).toMatchObject({ user: null });
});

test('a stolen cookie is worth nothing after sign-out, and secrets are kept as hashes only (row 67)', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'zoe');
  const stolen = visit(running, { ...page.headers });
  const { secret } = await page.client.tokens.create({ name: 'laptop' });
  const [credential] = running.store.accounts.listCredentials('zoe', 'token', running.clock.at);
  expect(JSON.stringify(credential)).not.toContain(secret.slice(5));
  expect(running.store.accounts.findLogin('zoe')?.password).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  await page.client.session.signOut();
  expect(await stolen.client.session.whoami()).toMatchObject({ role: 'anonymous' });
});

test('the cookie is out of reach of scripts and of other sites, and of other DoPQs on this host', async () => {
  await using running = await runController();
  await visitAs(running, 'zoe');
  const answer = await visit(running).fetch('/rpc/session/signIn', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ json: { user: 'zoe', password: PASSWORD } }),
  });
  expect(answer.headers.getSetCookie()[0]).toMatch(
    /^dopq_session_abc123=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=7776000$/,
  );
});

test('a password is changed with the old one and ends all other sessions', async () => {
  await using running = await runController();
  const [page, other] = [await visitAs(running, 'zoe'), visit(running)];
  await other.client.session.signIn({ user: 'zoe', password: PASSWORD });
  const change = { password: 'a new one, longer' };
  expect(await codeOf(page.client.session.setPassword(change))).toBe('SIGN_IN_FAILED');
  expect(await codeOf(page.client.session.setPassword({ ...change, old: 'wrong' }))).toBe('SIGN_IN_FAILED');
  await page.client.session.setPassword({ ...change, old: PASSWORD });
  expect(await page.client.session.whoami()).toMatchObject({ user: 'zoe' });
  expect(await other.client.session.whoami()).toMatchObject({ role: 'anonymous' });
  const admin = await visitAs(running, 'ada', 'admin');
  expect(await codeOf(admin.client.session.setPassword({ user: 'zoe', ...change }))).toBe('ROLE_NEEDED');
});

test('tokens do what their scope says, never more than their user, and end by time and by being revoked', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'olga', 'operator');
  const bearer = async (scope: 'read' | 'jobs' | 'all') => {
    const token = await page.client.tokens.create({ name: scope, scope, expires_in_days: 30 });
    return { ...token, client: visit(running, { authorization: `Bearer ${token.secret}` }).client };
  };
  const [read, jobs, all] = [await bearer('read'), await bearer('jobs'), await bearer('all')];
  const [own, others] = [running.addJob({ user: 'olga' }), running.addJob({ user: 'zoe' })];
  expect(await read.client.jobs.list({})).toHaveLength(2);
  expect(await codeOf(read.client.jobs.cancel({ id: own.id }))).toBe('TOKEN_TOO_NARROW');
  expect(await codeOf(jobs.client.jobs.cancel({ id: others.id }))).toBe('NOT_YOUR_JOB');
  expect(await codeOf(jobs.client.queue.lock({}))).toBe('ROLE_NEEDED');
  expect(await codeOf(jobs.client.jobs.cancel({ id: own.id }))).toBeUndefined();
  expect(await codeOf(all.client.jobs.cancel({ id: others.id }))).toBeUndefined();
  expect(await codeOf(all.client.tokens.create({ name: 'more' }))).toBe('TOKEN_TOO_NARROW');
  expect(await codeOf(all.client.session.setPassword({ password: PASSWORD }))).toBe('TOKEN_TOO_NARROW');

  expect((await page.client.tokens.list({})).map(({ name }) => name)).toEqual(['all', 'jobs', 'read']);
  await running.client.users.role({ name: 'olga', role: 'user' });
  expect(await codeOf(all.client.queue.lock({}))).toBe('ROLE_NEEDED');
  await page.client.tokens.revoke({ id: read.id });
  expect(await codeOf(read.client.jobs.list({}))).toBe('TOKEN_INVALID');
  running.clock.at += 30 * DAY_MS;
  expect(await codeOf(all.client.jobs.list({}))).toBe('TOKEN_INVALID');
});

test('the command line gets a token for a password', async () => {
  await using running = await runController();
  await visitAs(running, 'zoe');
  const wrong = visit(running).client.tokens.obtain({ user: 'zoe', password: 'guess', name: 'cli' });
  expect(await codeOf(wrong)).toBe('SIGN_IN_FAILED');
  const { secret } = await visit(running).client.tokens.obtain({
    user: 'zoe',
    password: PASSWORD,
    name: 'cli',
    scope: 'all',
  });
  const shell = visit(running, { authorization: `Bearer ${secret}` });
  expect(await shell.client.session.whoami()).toMatchObject({ user: 'zoe', how: 'token', scope: 'all' });
});

test('any token can give itself back and nothing else of its account', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'zoe');
  const { secret } = await page.client.tokens.create({ name: 'narrow', scope: 'read' });
  const other = await page.client.tokens.create({ name: 'other', scope: 'all' });
  const shell = visit(running, { authorization: `Bearer ${secret}` });
  expect(await shell.client.tokens.giveBack()).toEqual({ revoked: 1 });
  expect(await codeOf(shell.client.session.whoami())).toBe('TOKEN_INVALID');
  expect((await page.client.tokens.list({})).map(({ id }) => id)).toEqual([other.id]);
  expect(await codeOf(visit(running).client.tokens.giveBack())).toBe('SIGN_IN_FAILED');
});

test('other people’s tokens and sessions are for administrators to see and to revoke, and for nobody to make', async () => {
  await using running = await runController();
  const [zoe, yan, ada] = [
    await visitAs(running, 'zoe'),
    await visitAs(running, 'yan'),
    await visitAs(running, 'ada', 'admin'),
  ];
  const { id } = await zoe.client.tokens.create({ name: 'laptop' });
  expect(await codeOf(yan.client.tokens.list({ user: 'zoe' }))).toBe('ROLE_NEEDED');
  expect(await codeOf(yan.client.tokens.revoke({ id }))).toBe('CREDENTIAL_NOT_FOUND');
  expect(await codeOf(ada.client.tokens.create({ user: 'zoe', name: 'mine now' }))).toBe('ROLE_NEEDED');
  expect(await ada.client.tokens.list({ user: 'zoe' })).toHaveLength(1);
  expect(await ada.client.tokens.revoke({ user: 'zoe', id })).toEqual({ revoked: 1 });
  expect(await ada.client.session.revoke({ user: 'zoe' })).toEqual({ revoked: 1 });
  expect(await zoe.client.session.whoami()).toMatchObject({ role: 'anonymous' });
});

test('who is disabled is out at once: sessions, tokens and sign-in', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'zoe');
  const { secret } = await page.client.tokens.create({ name: 'laptop' });
  const script = visit(running, { authorization: `Bearer ${secret}` });
  await running.client.users.disable({ name: 'zoe' });
  expect(await codeOf(page.client.jobs.list({}))).toBe('SIGN_IN_NEEDED');
  expect(await codeOf(script.client.jobs.list({}))).toBe('ACCOUNT_DISABLED');
  const again = () => codeOf(visit(running).client.session.signIn({ user: 'zoe', password: PASSWORD }));
  expect(await again()).toBe('ACCOUNT_DISABLED');
  await running.client.users.enable({ name: 'zoe' });
  expect(await again()).toBeUndefined();
  expect(await codeOf(script.client.jobs.list({}))).toBeUndefined();
});

test('the last administrator who can sign in stays one', async () => {
  await using running = await runController();
  const ada = await visitAs(running, 'ada', 'admin');
  expect(await codeOf(ada.client.users.role({ name: 'ada', role: 'user' }))).toBe('LAST_ADMIN');
  expect(await codeOf(ada.client.users.disable({ name: 'ada' }))).toBe('LAST_ADMIN');
  await visitAs(running, 'grace', 'admin');
  expect(await ada.client.users.role({ name: 'ada', role: 'user' })).toMatchObject({ role: 'user' });
});

test('e-mail addresses are for their owner and for operators', async () => {
  await using running = await runController();
  await running.client.users.add({ name: 'zoe', email: 'zoe@lab.example' });
  const emails = async (name: string, role?: 'operator') =>
    (await (await visitAs(running, name, role)).client.users.list()).find((user) => user.name === 'zoe')?.email;
  expect(await emails('yan')).toBeNull();
  expect(await emails('zoe')).toBe('zoe@lab.example');
  expect(await emails('olga', 'operator')).toBe('zoe@lab.example');
});
