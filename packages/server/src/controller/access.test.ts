// Every procedure and every raw route times every kind of caller, generated from the contract: what each states there is
// what happens.
import { contract, findRefusal, type Needs, RAW_RIGHTS, RAW_ROUTES, type Rights, RPC_PREFIX } from '@dopq/contract';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hashSecret } from './accounts/secrets.ts';
import { runController, type RunningController } from './running-controller.fixture.ts';
import { visit, type Visitor } from './visitor.ts';

vi.setConfig({ testTimeout: 60_000 });

const CALLERS = [
  'anonymous',
  'expired session',
  'expired token',
  'disabled user',
  'pending',
  'other user',
  'user',
  'operator',
  'admin',
] as const;
type CallerKind = (typeof CALLERS)[number];

/** What the gate may say; anything else means that it let the caller pass. */
const REFUSALS = [
  'SIGN_IN_NEEDED',
  'ACCOUNT_PENDING',
  'ROLE_NEEDED',
  'NOT_YOUR_JOB',
  'TOKEN_INVALID',
  'ACCOUNT_DISABLED',
];
const SIGN_IN = ['anonymous', 'expired session', 'disabled user'] as const;

/** The answer of the gate to each kind of caller; the rest passes. */
const EXPECTED: Record<Needs, Partial<Record<CallerKind, string>>> = {
  anyone: {},
  'signed-in': refused(SIGN_IN, 'SIGN_IN_NEEDED'),
  user: { ...refused(SIGN_IN, 'SIGN_IN_NEEDED'), pending: 'ACCOUNT_PENDING' },
  owner: { ...refused(SIGN_IN, 'SIGN_IN_NEEDED'), pending: 'ACCOUNT_PENDING', 'other user': 'NOT_YOUR_JOB' },
  operator: { ...refused(SIGN_IN, 'SIGN_IN_NEEDED'), ...refused(['pending', 'other user', 'user'], 'ROLE_NEEDED') },
  admin: {
    ...refused(SIGN_IN, 'SIGN_IN_NEEDED'),
    ...refused(['pending', 'other user', 'user', 'operator'], 'ROLE_NEEDED'),
  },
};

let running: RunningController;
let job: number;

beforeAll(async () => {
  running = await runController();
  for (const [name, role] of [
    ['user', 'user'],
    ['other', 'user'],
    ['gone', 'user'],
    ['operator', 'operator'],
    ['boss', 'admin'],
  ] as const) {
    running.store.users.add({ name }, 1);
    running.store.users.setRole(name, role);
  }
  running.store.users.setDisabled('gone', 1);
  const login = { email: null, password: '', createdAt: 1, approvedAt: null };
  running.store.accounts.putLogin({ user: 'newcomer', ...login });
  job = running.addJob({ user: 'user' }).id;
});
afterAll(() => running[Symbol.asyncDispose]());

/** Each call its own session: some procedures end it. */
function come(kind: CallerKind): Visitor {
  const names = { 'disabled user': 'gone', pending: 'newcomer', 'other user': 'other', admin: 'boss' } as const;
  if (kind === 'anonymous') return visit(running);
  if (kind === 'expired token')
    return visit(running, { authorization: `Bearer dopq_${credential('token', 'user', 1)}` });
  if (kind === 'expired session')
    return visit(running, { cookie: `dopq_session_abc123=${credential('session', 'user', 1)}` });
  const user = kind in names ? names[kind as keyof typeof names] : kind;
  return visit(running, { cookie: `dopq_session_abc123=${credential('session', user, running.clock.at + 1e9)}` });
}

let count = 0;
function credential(kind: 'session' | 'token', user: string, expiresAt: number): string {
  const secret = `secret number ${count++}`.replaceAll(' ', '-');
  const shown = kind === 'token' ? `dopq_${secret}` : secret;
  const common = { name: '', scope: 'all', createdAt: 1, usedAt: null, usedFrom: null } as const;
  running.store.accounts.addCredential({ kind, user, hash: hashSecret(shown), expiresAt, ...common });
  return secret;
}

interface Procedure {
  path: string;
  rights: Rights;
}

function proceduresOf(router: object, path: string[] = []): Procedure[] {
  return Object.entries(router).flatMap(([name, item]: [string, unknown]) => {
    const here = [...path, name];
    if (isProcedure(item)) return [{ path: here.join('/'), rights: item['~orpc'].meta }];
    return proceduresOf(item as object, here);
  });
}

function isProcedure(item: unknown): item is { '~orpc': { meta: Rights; inputSchema: unknown } } {
  return typeof item === 'object' && item !== null && '~orpc' in item;
}

const PROCEDURES = proceduresOf(contract);

describe.each(PROCEDURES)('$path', ({ path, rights }) => {
  test(`is for ${rights.needs}`, async () => {
    for (const kind of CALLERS) {
      const answer = await come(kind).fetch(`${RPC_PREFIX}/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        // Nothing that could be carried out: what passes the gate fails as a bad request, or for the job's state.
        body: JSON.stringify({ json: rights.needs === 'owner' ? { id: job, ids: [job] } : { id: 0 } }),
      });
      const { json } = (await answer.json()) as { json?: { code?: string } };
      expect({ kind, code: gateCode(answer.status, json?.code) }).toEqual({ kind, code: expectedCode(rights, kind) });
    }
  });
});

describe.each(Object.keys(RAW_ROUTES) as (keyof typeof RAW_ROUTES)[])('the route %s', (name) => {
  test(`is for ${RAW_RIGHTS[name].needs}`, async () => {
    const route: string | ((id: number) => string) = RAW_ROUTES[name];
    const path = typeof route === 'string' ? route : route(job);
    const method = await methodOf(path);
    for (const kind of CALLERS) {
      const answer = await come(kind).fetch(path, { method });
      // A feed never ends.
      const isJson = answer.headers.get('content-type')?.startsWith('application/json');
      const body = isJson ? ((await answer.json()) as { code?: string }) : await answer.body?.cancel();
      expect({ kind, code: gateCode(answer.status, body?.code) }).toEqual({
        kind,
        code: expectedCode(RAW_RIGHTS[name], kind),
      });
    }
  });
});

test('the contract has procedures, and most of them are not for strangers', () => {
  const open = PROCEDURES.filter(({ rights }) => rights.needs === 'anyone').map(({ path }) => path);
  expect(open).toEqual(['session/whoami', 'session/signIn', 'session/register', 'tokens/obtain', 'tokens/giveBack']);
  expect(PROCEDURES.length).toBeGreaterThan(40);
});

test('what is for the owner of a job names the job in its input', () => {
  for (const [path, schema] of ownerInputs(contract)) {
    const shape = Object.keys((schema as { shape?: object } | undefined)?.shape ?? {});
    expect([path, shape.includes('id') || shape.includes('ids')]).toEqual([path, true]);
  }
});

function ownerInputs(router: object, path: string[] = []): [string, unknown][] {
  return Object.entries(router).flatMap(([name, item]: [string, unknown]): [string, unknown][] => {
    if (!isProcedure(item)) return ownerInputs(item as object, [...path, name]);
    const { meta, inputSchema } = item['~orpc'];
    return meta.needs === 'owner' ? [[[...path, name].join('.'), inputSchema]] : [];
  });
}

/** The method that the route at this path answers. */
async function methodOf(path: string): Promise<string> {
  for (const method of ['PUT', 'POST', 'GET']) {
    const answer = await come('admin').fetch(path, { method });
    const isThere = answer.status !== 404 || !(await answer.text()).includes('"NOT_FOUND"');
    if (isThere) {
      await answer.body?.cancel().catch(() => {});
      return method;
    }
  }
  throw new Error(`nothing answers at ${path}`);
}

function gateCode(status: number, code: string | undefined): string | undefined {
  if (status === 404 && code === 'NOT_FOUND') throw new Error('there is no such procedure or route');
  return code !== undefined && REFUSALS.includes(code) ? code : undefined;
}

/** A bad token is refused wherever it is shown. */
function expectedCode({ needs }: Rights, kind: CallerKind): string | undefined {
  return kind === 'expired token' ? 'TOKEN_INVALID' : EXPECTED[needs][kind];
}

function refused(kinds: readonly CallerKind[], code: string): Partial<Record<CallerKind, string>> {
  return Object.fromEntries(kinds.map((kind) => [kind, code]));
}

describe.each(['queued', 'building', 'held'] as const)('a job that is %s when it is held', (state) => {
  const cases = [
    ['user', 'user', 'let', 'owner'],
    ['user', 'operator', 'let', 'owner'],
    ['user', 'other user', 'NOT_YOUR_JOB', 'owner'],
    ['operator', 'user', 'HELD_BY_OPERATOR', 'operator'],
    ['operator', 'operator', 'let', 'operator'],
    ['operator', 'admin', 'let', 'operator'],
    ['admin', 'user', 'HELD_BY_OPERATOR', 'operator'],
    ['admin', 'operator', 'let', 'operator'],
  ] as const;
  test.each(cases)('by the %s is released by the %s: %s', async (holder, releaser, expected, heldBy) => {
    const { id } = running.addJob({ user: 'user' });
    const built = { imageId: 'sha256:1', queuedAt: 1 };
    running.store.jobs.change(id, ['receiving'], { state: state === 'held' ? 'queued' : state, ...built });
    // Held by its owner already: an operator takes the hold over, and cannot lose it to the owner.
    if (state === 'held') await come('user').client.jobs.hold({ id });
    const held = await come(holder).client.jobs.hold({ id, reason: 'dataset not mounted' });
    // Nor can its owner take it back by holding it once more.
    const again = await come('user').client.jobs.hold({ id, reason: 'mine' });
    const kept = state === 'held' || holder !== 'user' ? again : held;
    expect([held.held_by, kept.held_by]).toEqual([heldBy, heldBy]);
    const who = holder === 'admin' ? 'boss' : holder;
    const outcomes = {
      let: { state: state === 'building' ? 'building' : 'queued', held_by: null },
      NOT_YOUR_JOB: { code: 'NOT_YOUR_JOB' },
      HELD_BY_OPERATOR: {
        code: 'HELD_BY_OPERATOR',
        message: `Job #${id} is held by ${who}, an operator: dataset not mounted.`,
        fix: `Ask ${who}, or any operator, to release it.`,
      },
    };
    const released = come(releaser).client.jobs.release({ id });
    expect(await released.catch((error: unknown) => findRefusal(error))).toMatchObject(outcomes[expected]);
  });
});
