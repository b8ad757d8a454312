// Accounts for tests: an administrator by the server's code, everybody else by invitation, all through the door itself.
import type { Client } from '@dopq/contract';
import { createClient } from '@dopq/contract';
import type { BrowserContextOptions, Page } from 'playwright-core';

export const PASSWORD = 'correct horse 42';

/** Where the page is served. */
export async function originOf(client: Client): Promise<string> {
  const { controller } = await client.status();
  if (controller.address === null) throw new Error(`the page is not served: ${controller.message}`);
  return controller.address;
}

/** What a browser keeps of somebody who is signed in. */
export type SignedIn = Extract<NonNullable<BrowserContextOptions['storageState']>, { cookies: unknown }>;

/**
 * Gives people passwords and roles.
 * @param client root's, through the admin socket
 * @returns by name, what makes a browser theirs
 */
export async function enrol(
  client: Client,
  roles: Record<string, 'user' | 'operator' | 'admin'>,
): Promise<Record<string, SignedIn>> {
  const origin = await originOf(client);
  let cookie = '';
  const anybody = createClient(origin, async (input, init) => {
    const request = new Request(input, init);
    request.headers.set('origin', origin);
    const answer = await fetch(request);
    cookie = answer.headers.getSetCookie()[0] ?? '';
    return answer;
  });
  const { controller } = await client.status();
  const [first] = Object.keys(roles);
  const sessions: Record<string, SignedIn> = {};
  for (const [user, role] of Object.entries(roles)) {
    const code =
      user === first && controller.setup_code
        ? controller.setup_code
        : (await client.users.invite({ name: user })).code;
    await anybody.session.register({ user, password: PASSWORD, code });
    sessions[user] = keptBy(origin, cookie);
    await client.users.role({ name: user, role });
  }
  return sessions;
}

function keptBy(origin: string, setCookie: string): SignedIn {
  const [name = '', value = ''] = setCookie.split(';')[0]?.split('=') ?? [];
  const { hostname } = new URL(origin);
  const rest = { domain: hostname, path: '/', expires: -1, httpOnly: true, secure: false, sameSite: 'Lax' } as const;
  return { cookies: [{ name, value, ...rest }], origins: [] };
}

/** As a person does it. */
export async function signIn(page: Page, user: string): Promise<void> {
  await page.getByLabel('User', { exact: true }).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}
