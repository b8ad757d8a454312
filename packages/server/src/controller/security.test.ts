// What strangers, other web sites and hostile programs try at the TCP door.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { findRefusal } from '@dopq/contract';
import { waitFor } from '@dopq/testbed';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runController, type RunningController } from './running-controller.fixture.ts';
import { PASSWORD, visit, visitAs, type Visitor } from './visitor.ts';

// Every sign-in costs a hash, which is slow by design.
vi.setConfig({ testTimeout: 60_000 });

const WHOAMI = '/rpc/session/whoami';

/** A request that may lie in every header. */
async function send(
  running: RunningController,
  route: string,
  { method = 'POST', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number; code: string | undefined }> {
  const { port } = new URL(running.deps.tcp.status().address ?? '');
  const sent = httpRequest({ host: '127.0.0.1', port, path: route, method, headers }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const text = Buffer.concat(await answer.toArray()).toString();
  const body = answer.headers['content-type']?.includes('json')
    ? (JSON.parse(text) as { json?: unknown; code?: string })
    : {};
  return { status: answer.statusCode ?? 0, code: body.code ?? (body.json as { code?: string } | undefined)?.code };
}

const cookieOf = (visitor: Visitor) => ({ cookie: visitor.headers.cookie ?? '' });

test('a name that somebody else has point here is no name of this server', async () => {
  await using running = await runController({ names: 'dopq.lab.example' });
  const { port } = new URL(running.deps.tcp.status().address ?? '');
  const ask = (host: string) => send(running, WHOAMI, { headers: { host } });
  for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example']) {
    expect({ host, ...(await ask(host)) }).toEqual({ host, status: 421, code: 'HOST_REFUSED' });
  }
  for (const host of [`127.0.0.1:${port}`, 'localhost', '[::1]:80', '10.1.2.3', 'DOPQ.lab.example']) {
    expect((await ask(host)).status).toBe(200);
  }
});

test('a page of another site, even on another port of this machine, gets nothing with a visitor’s cookie (row 71)', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'zoe');
  const { id } = running.addJob({ user: 'zoe' });
  const as = (headers: Record<string, string>) => ({
    ...cookieOf(page),
    ...headers,
  });
  const own = { origin: page.origin, host: page.origin.slice('http://'.length) };
  for (const origin of ['https://evil.example', 'http://127.0.0.1:8888', 'http://localhost', 'null', 'nonsense']) {
    expect(await send(running, WHOAMI, { headers: as({ ...own, origin }) })).toMatchObject({
      status: 403,
      code: 'ORIGIN_REFUSED',
    });
  }
  for (const site of ['cross-site', 'same-site']) {
    const headers = as({ host: own.host, 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' });
    expect(await send(running, `/jobs/${id}/log`, { method: 'GET', headers })).toMatchObject({
      code: 'ORIGIN_REFUSED',
    });
  }
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'c2FtcGxlIG5vbmNlIGhlcmU=',
  };
  const terminal = { method: 'GET', headers: as({ ...own, ...upgrade, origin: 'https://evil.example' }) };
  expect(await send(running, `/jobs/${id}/terminal`, terminal)).toMatchObject({ status: 403, code: 'ORIGIN_REFUSED' });
  expect((await send(running, WHOAMI, { headers: as({ ...own, 'sec-fetch-site': 'same-origin' }) })).status).toBe(200);
  expect(running.store.jobs.get(id).state).toBe('receiving');
});

test('a form cannot call a procedure: only JSON is taken, and nothing by GET', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'ada', 'admin');
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const answer = await page.fetch('/rpc/queue/lock', {
      method: 'POST',
      headers: { 'content-type': type },
      body: '{}',
    });
    expect(answer.status).toBe(415);
  }
  const byGet = await page.fetch(`/rpc/queue/lock?data=${encodeURIComponent('{"json":{}}')}`);
  expect(byGet.status).toBeGreaterThanOrEqual(400);
  expect(running.deps.queue.status().locked).toBe(false);
  expect(running.store.settings.find('lock')).toBeUndefined();
});

test('no answer allows another origin, and what is served cannot be framed or sniffed', async () => {
  await using running = await runController();
  const preflight = await visit(running).fetch(WHOAMI, {
    method: 'OPTIONS',
    headers: { 'access-control-request-method': 'POST' },
  });
  expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  const answers = [await visit(running).fetch(WHOAMI, { method: 'POST' }), await visit(running).fetch('/nothing.js')];
  for (const { headers } of answers) {
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
  expect(answers[0]?.headers.get('cache-control')).toBe('no-store');
});

test('paths lead nowhere but to routes (row 69)', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'ada', 'admin');
  const tricks = [
    '/jobs/..%2f..%2f..%2fetc%2fpasswd/log',
    '/jobs/1%00/log',
    '/jobs/0x1/log',
    '/jobs/1e0/log',
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '//etc/passwd',
    '/rpc/__proto__/x',
    '/rpc/constructor/prototype',
    '/rpc/~orpc',
  ];
  for (const route of tricks) {
    for (const method of ['GET', 'POST']) {
      const { status } = await send(running, route, { method, headers: cookieOf(page) });
      expect({ route, method, status: Math.floor(status / 100) }).toEqual({ route, method, status: 4 });
    }
  }
});

test('ids and names that try to be more than that are bad requests', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'zoe');
  const { id } = running.addJob({ user: 'yan' });
  for (const trick of [String(id), [id], { valueOf: id }, id + 0.5, -id, 2 ** 60, null]) {
    const answer = await page.fetch('/rpc/jobs/cancel', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ json: { id: trick } }),
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }
  // One of one's own among them does not carry the others.
  const own = running.addJob({ user: 'zoe' }).id;
  const code = await page.client.jobs.move({ ids: [own, id] }).catch((error: unknown) => findRefusal(error)?.code);
  expect(code).toBe('NOT_YOUR_JOB');
  expect(running.store.jobs.get(id).state).toBe('receiving');
});

test('somebody may submit for themselves only', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'zoe');
  await running.client.users.add({ name: 'yan' });
  const put = (query: string) => page.fetch(`/submissions?name=a.zip${query}`, { method: 'PUT', body: 'zip' });
  expect(await (await put('&user=yan')).json()).toMatchObject({ code: 'ROLE_NEEDED' });
  expect(await (await put('')).json()).toMatchObject({ user: 'zoe', state: 'receiving' });
});

test('a procedure takes no more than it can need', async () => {
  await using running = await runController();
  const answer = await visit(running).fetch('/rpc/session/signIn', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ json: { user: 'x'.repeat(5 * 1024 ** 2) } }),
  });
  expect(answer.status).toBe(413);
  const broken = await visit(running).fetch('/rpc/session/signIn', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"json":',
  });
  expect(broken.status).toBe(400);
});

test('whatever is wrong with a request, the answer has a code, a cause and a fix', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'ada', 'admin');
  const json = { 'content-type': 'application/json' };
  const huge = JSON.stringify({ json: { user: 'x'.repeat(5 * 1024 ** 2) } });
  const cases: [string, { method?: string; headers?: Record<string, string>; body?: string }, number, string][] = [
    ['/%zz', {}, 400, 'BAD_REQUEST'],
    ['/rpc/%zz', { method: 'POST' }, 400, 'BAD_REQUEST'],
    ['/nothing.js', {}, 404, 'NOT_FOUND'],
    ['/nothing', { method: 'PUT', body: '{}' }, 404, 'NOT_FOUND'],
    ['/jobs/abc/log', {}, 400, 'BAD_REQUEST'],
    ['/jobs/99/log?tail=x', {}, 400, 'BAD_REQUEST'],
    ['/jobs/99/log', {}, 404, 'JOB_NOT_FOUND'],
    ['/submissions', { method: 'PUT', body: 'zip' }, 400, 'BAD_REQUEST'],
    ...['/rpc', '/api'].flatMap((prefix): typeof cases => [
      [`${prefix}/jobs/nothing`, { method: 'POST', headers: json, body: '{}' }, 404, 'NOT_FOUND'],
      [
        `${prefix}/queue/lock`,
        { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' },
        415,
        'UNSUPPORTED_TYPE',
      ],
      [`${prefix}/queue/lock`, { method: 'POST', headers: json, body: '{"json":' }, 400, 'BAD_REQUEST'],
      [`${prefix}/session/signIn`, { method: 'POST', headers: json, body: huge }, 413, 'BODY_TOO_LARGE'],
      [`${prefix}/jobs/get`, { method: 'POST', headers: json, body: '[]' }, 400, 'BAD_REQUEST'],
      [
        `${prefix}/jobs/get`,
        { method: 'POST', headers: json, body: '{"json":{"id":"x"},"id":"x"}' },
        400,
        'BAD_REQUEST',
      ],
    ]),
  ];
  for (const [route, init, status, code] of cases) {
    const answer = await page.fetch(route, init);
    const text = await answer.text();
    const body = JSON.parse(text) as { json?: object };
    const trouble = route.startsWith('/rpc/') ? body.json : body;
    const fix: unknown = expect.stringMatching(/^(?!.*--help).{10}/);
    const message: unknown = expect.stringMatching(/^(?!.*(FST_|Fastify|validation failed)).{5}/);
    expect({ route, init: init.headers, http: answer.status, trouble }).toMatchObject({
      http: status,
      trouble: { code, status, message, data: { fix } },
    });
    expect(answer.headers.get('content-type')).toContain('application/json');
  }
});

test('what is no HTTP gets the same kind of answer', async () => {
  await using running = await runController();
  const { port } = new URL(running.deps.tcp.status().address ?? '');
  for (const said of ['NONSENSE\r\n\r\n', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`]) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {}).end(said);
    const answer = Buffer.concat(await socket.toArray()).toString();
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d .*content-type: application\/json.*"code":"BAD_REQUEST".*"fix":"/s);
  }
});

test('markup in any text that is taken stays text: it is refused, or kept as it is and answered as JSON (row 70)', async () => {
  await using running = await runController();
  const { store } = running;
  const page = await visitAs(running, 'zoe', 'operator');
  const { client } = page;
  const payload = '<img src=x onerror=alert(1)>"\'`${7*7}\u202e</script>&lt;';
  const job = running.addJob({ user: 'zoe', name: payload });
  store.jobs.change(job.id, ['receiving'], { state: 'queued', queuedAt: 1, imageId: 'sha256:1', notes: [payload] });

  // Kept as it is, wherever it is shown.
  await client.queue.lock({ message: payload });
  expect((await client.status()).queue.lock.message).toBe(payload);
  await client.drains.add({ machine: 'local', reason: payload });
  expect((await client.drains.list({}))[0]?.reason).toBe(payload);
  await client.jobs.hold({ id: job.id, reason: payload });
  expect(await client.jobs.get({ id: job.id })).toMatchObject({
    name: payload,
    notes: [payload],
    reason: `held by zoe: ${payload}`,
  });
  await client.jobs.cancel({ id: job.id, reason: payload });
  expect((await client.jobs.events({ id: job.id })).at(-1)?.message).toBe(`cancelled by zoe: ${payload}`);
  await client.tokens.create({ name: payload });
  expect((await client.tokens.list({}))[0]?.name).toBe(payload);
  const hook = `https://hooks.example/?${payload}`;
  await client.notifications.add({ kind: 'webhook', target: hook, events: ['failed'] });
  expect((await client.notifications.list({}))[0]?.target).toBe(hook);
  const entry = { what: 'queue.lock', details: JSON.stringify({ message: payload }) };
  expect(await running.client.audit.list({ what: 'queue.lock' })).toMatchObject([entry]);

  // No name of anything.
  const refusals = [
    visit(running).client.session.register({ user: payload, password: PASSWORD }),
    running.client.users.add({ name: payload }),
    running.client.users.add({ name: 'yan', email: payload }),
    client.secrets.set({ name: payload, value: 'long-enough' }),
    client.notifications.add({ kind: 'email', target: payload, events: ['failed'] }),
    client.drains.add({ gpu: payload, reason: '' }),
    client.drains.add({ machine: payload, reason: '' }),
  ];
  const codes = await Promise.all(
    refusals.map((call) => (call as Promise<unknown>).catch((error: unknown) => findRefusal(error)?.code)),
  );
  expect(codes).toEqual([...Array(5).fill('BAD_REQUEST'), 'GPU_NOT_FOUND', 'MACHINE_NOT_FOUND']);
  const put = await page.fetch(`/submissions?name=${encodeURIComponent(`${payload}.zip`)}`, {
    method: 'PUT',
    body: 'zip',
  });
  expect(await put.json()).toMatchObject({ code: 'SUBMISSION_INVALID' });

  // Nothing of it is a page to a browser.
  const reads = ['status', 'drains/list', 'jobs/page', 'jobs/list', 'tokens/list', 'notifications/list', 'users/list'];
  for (const name of reads) {
    const answer = await page.fetch(`/api/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"scope":"all"}',
    });
    expect([name, answer.status, answer.headers.get('content-type')]).toEqual([
      name,
      200,
      expect.stringMatching(/^application\/json/),
    ]);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  }
  for (const route of [`/${encodeURIComponent(payload)}`, `/jobs/${encodeURIComponent(payload)}/log`]) {
    expect((await page.fetch(route)).headers.get('content-type')).toContain('application/json');
  }
});

test('a client that dribbles its headers is cut off, and nobody waits for it (row 65)', {
  timeout: 90_000,
}, async () => {
  await using running = await runController();
  const { port } = new URL(running.deps.tcp.status().address ?? '');
  const slow = await Promise.all(Array.from({ length: 200 }, () => dribble(Number(port))));
  expect((await visit(running).client.session.whoami()).role).toBe('anonymous');
  await waitFor(() => slow.every(({ destroyed }) => destroyed), { timeoutMs: 75_000 });
});

test('a body that comes by drops, or not at all, is cut off and leaves nothing (row 65)', async () => {
  await using running = await runController({}, { patience: { inputMs: 500, silenceMs: 500 } });
  const { port } = new URL(running.deps.tcp.status().address ?? '');
  const { secret } = await running.client.tokens.create({
    user: (await running.client.users.add({ name: 'zoe' })).name,
    name: 't',
  });
  const head = (line: string) =>
    `${line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`;
  const drops = await dribble(Number(port), head('POST /rpc/session/whoami'), ' ');
  const silent = await dribble(Number(port), `${head('PUT /submissions?name=a.zip')}PK`);
  await waitFor(() => drops.destroyed && silent.destroyed, { timeoutMs: 60_000 });
  const incoming = path.join(running.deps.config.paths.data, 'incoming');
  await waitFor(() => readdirSync(incoming).length === 0);
  expect((await running.client.jobs.list({ scope: 'all' })).length).toBe(0);
});

const HEAD = 'POST /rpc/session/whoami HTTP/1.1\r\nHost: localhost\r\n';

/** Says `first`, then now and then one more `drop`. */
async function dribble(port: number, first = HEAD, drop = first === HEAD ? 'X-More: 1\r\n' : ''): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(first);
  const timer = setInterval(() => socket.write(drop), first === HEAD ? 2000 : 100);
  socket.resume().on('error', () => {});
  socket.once('close', () => clearInterval(timer));
  onTestFinished(() => void socket.destroy());
  return socket;
}

test('a feed ends when its session is revoked', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'zoe');
  const answer = await page.fetch('/feed');
  expect(answer.status).toBe(200);
  await waitFor(() => running.deps.feed.size === 1);
  await running.client.session.revoke({ user: 'zoe' });
  await waitFor(() => running.deps.feed.size === 0, { timeoutMs: 45_000 });
  await answer.body?.cancel().catch(() => {});
});

const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}.pem`, import.meta.url));

test('with TLS the cookie is for TLS only, and a renewed certificate is taken up while it runs', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dopq-tls-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  const install = async (name: string) => {
    await copyFile(fixture(`${name}.key`), key);
    await copyFile(fixture(`${name}.cert`), cert);
  };
  await install('one');
  await using running = await runController({ '[controller] host': '0.0.0.0', 'tls.cert': cert, 'tls.key': key });
  const { address } = running.deps.tcp.status();
  expect(address).toMatch(/^https:\/\/0\.0\.0\.0:\d+$/);
  const port = Number(new URL(address ?? '').port);
  expect(await nameOnCertificate(port)).toBe('one.dopq.example');
  await running.client.users.add({ name: 'zoe' });
  await running.client.session.setPassword({ user: 'zoe', password: PASSWORD });
  const body = JSON.stringify({ json: { user: 'zoe', password: PASSWORD } });
  expect(await cookieByTls(port, body)).toMatch(/; Secure$/);
  await install('two');
  await waitFor(async () => (await nameOnCertificate(port)) === 'two.dopq.example', { timeoutMs: 45_000 });
});

async function nameOnCertificate(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

async function cookieByTls(port: number, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const options = { host: '127.0.0.1', port, path: '/rpc/session/signIn', method: 'POST', headers };
  const sent = httpsRequest({ ...options, ca: readFileSync(fixture('one.cert')), agent: false }).end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.headers['set-cookie']?.[0] ?? '';
}

test('behind a proxy, only the proxy is let in from the network, and its word counts', async () => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((face) => face && !face.internal && face.family === 'IPv4')?.address;
  await using running = await runController({
    '[controller] host': '0.0.0.0',
    proxy: '127.0.0.1',
    names: 'dopq.lab.example',
  });
  const page = await visitAs(running, 'zoe');
  const headers = {
    ...cookieOf(page),
    host: 'dopq.lab.example',
    origin: 'https://dopq.lab.example',
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
  };
  expect((await send(running, WHOAMI, { headers })).status).toBe(200);
  running.clock.at += 60_000;
  await send(running, WHOAMI, { headers });
  const sessions = running.store.accounts.listCredentials('zoe', 'session', running.clock.at);
  expect(sessions[0]?.usedFrom).toBe('203.0.113.9');
  if (outside === undefined) return;
  const { port } = new URL(running.deps.tcp.status().address ?? '');
  const socket = connect({ port: Number(port), host: outside, localAddress: outside });
  socket.on('error', () => {});
  await waitFor(() => socket.destroyed || socket.readyState === 'closed');
});

test('without a proxy nobody’s X-Forwarded-For counts', async () => {
  await using running = await runController();
  const page = await visitAs(running, 'zoe');
  page.headers['x-forwarded-for'] = '203.0.113.9';
  running.clock.at += 60_000;
  await page.client.session.whoami();
  expect((await page.client.session.list({}))[0]?.used_from).toBe('127.0.0.1');
});
