// From the line that a new server prints to an administrator who lets a colleague in, as a person would do it.
import { type Client, createClient } from '@dopq/contract';
import { type Dopq, startDopq } from '@dopq/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PASSWORD = 'correct horse battery';
let dopq: Dopq;

beforeAll(async () => {
  dopq = await startDopq({ users: ['alice'] });
});
afterAll(async () => {
  await dopq?.[Symbol.asyncDispose]();
});

/** What a browser does: it keeps the cookie and says where its page is from. */
function openPage(origin: string): Client {
  let cookie = '';
  return createClient(origin, async (input, init) => {
    const request = new Request(input, init);
    if (cookie) request.headers.set('cookie', cookie);
    request.headers.set('origin', origin);
    const answer = await fetch(request);
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    return answer;
  });
}

it('the printed code makes an administrator, who approves a colleague and gives a role; the command line tells it all', async () => {
  const [, origin = '', code = ''] = /signs up at (\S+) with the code (\S+)/.exec(dopq.said()) ?? [];
  expect(await dopq.dopq('status')).toContain(code);
  const admin = openPage(origin);
  await admin.session.register({ user: 'ada', password: PASSWORD, code });
  const colleague = openPage(origin);
  expect(await colleague.session.register({ user: 'zoe', password: PASSWORD })).toMatchObject({ role: 'pending' });
  await admin.registrations.approve({ name: 'zoe', role: 'operator' });
  await colleague.queue.lock({ message: 'new driver' });
  const { secret } = await colleague.tokens.create({ name: 'script', scope: 'read' });
  const read = await fetch(`${origin}/rpc/status`, { method: 'POST', headers: { authorization: `Bearer ${secret}` } });
  expect(await read.json()).toMatchObject({ json: { queue: { locked: true }, controller: { setup_code: null } } });

  const told = await dopq.dopq('audit', '-o', 'wide');
  expect(told).toMatch(/zoe +127\.0\.0\.1 +queue\.lock .*done +.*new driver/);
  const lines = (await dopq.dopq('audit', '--export', '--who', 'ada')).split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { what: string }).what)).toEqual(['registrations.approve']);
  expect(await dopq.dopq('status')).not.toContain(code);
});

it('accounts and sessions outlive the server', async () => {
  const [, origin = ''] = /signs up at (\S+) with/.exec(dopq.said()) ?? [];
  const { secret } = await openSession(origin);
  await dopq.stop();
  await dopq.start();
  const { address } = (await dopq.client.status()).controller;
  const answer = await fetch(`${address}/rpc/session/whoami`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
  });
  expect(await answer.json()).toMatchObject({ json: { user: 'ada', role: 'admin', needs_first_admin: false } });
});

async function openSession(origin: string) {
  return await createClient(origin).tokens.obtain({ user: 'ada', password: PASSWORD, name: 'e2e', scope: 'all' });
}
