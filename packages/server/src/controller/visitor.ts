// For tests: somebody who comes over TCP, with the cookies that a browser would keep or the token that a script has.
import { type Client, createClient } from '@dopq/contract';
import type { RunningController } from './running-controller.fixture.ts';

export interface Visitor {
  client: Client;
  /** Of the server, without a path. */
  origin: string;
  /** A request with what the visitor has; the answer's cookie is kept. */
  fetch(
    path: string,
    init?: { method?: string; headers?: Record<string, string>; body?: string | null },
  ): Promise<Response>;
  /** What they send along. */
  headers: Record<string, string>;
}

export function visit(running: RunningController, headers: Record<string, string> = {}): Visitor {
  const origin = running.deps.tcp.status().address;
  if (origin === null) throw new Error('the controller does not listen on TCP');
  const visitor: Visitor = {
    origin,
    headers: { ...headers },
    client: createClient(origin, async (input, init) => {
      const sent = new Request(input, init);
      const body = sent.method === 'GET' ? null : await sent.text();
      const { pathname, search } = new URL(sent.url);
      return await visitor.fetch(pathname + search, {
        method: sent.method,
        headers: Object.fromEntries(sent.headers),
        body,
      });
    }),
    async fetch(path, init = {}) {
      const answer = await fetch(origin + path, { ...init, headers: { ...init.headers, ...visitor.headers } });
      for (const cookie of answer.headers.getSetCookie()) {
        const [pair = ''] = cookie.split(';');
        if (cookie.includes('Max-Age=0')) delete visitor.headers.cookie;
        else visitor.headers.cookie = pair;
      }
      return answer;
    },
  };
  return visitor;
}

export const PASSWORD = 'correct horse battery';

/** A registered user with a login, signed in. */
export async function visitAs(
  running: RunningController,
  user: string,
  role: 'user' | 'operator' | 'admin' = 'user',
): Promise<Visitor> {
  if (!running.store.users.find(user)) await running.client.users.add({ name: user });
  await running.client.users.role({ name: user, role });
  await running.client.session.setPassword({ user, password: PASSWORD });
  const visitor = visit(running);
  await visitor.client.session.signIn({ user, password: PASSWORD });
  return visitor;
}
