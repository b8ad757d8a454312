// Accounts for tests: an administrator by the server's code, everybody else by invitation, all through the door itself.
import type { Client } from '@dopq/contract';
import { createClient } from '@dopq/contract';
import type { Page } from 'playwright-core';

export const PASSWORD = 'correct horse 42';

/** Where the page is served. */
export async function originOf(client: Client): Promise<string> {
  const { controller } = await client.status();
  if (controller.address === null) throw new Error(`the page is not served: ${controller.message}`);
  return controller.address;
}

/** Gives people passwords and roles. @param client root's, through the admin socket */
export async function enrol(client: Client, roles: Record<string, 'user' | 'operator' | 'admin'>): Promise<void> {
  const origin = await originOf(client);
  const anybody = createClient(origin, async (input, init) => {
    const request = new Request(input, init);
    request.headers.set('origin', origin);
    return await fetch(request);
  });
  const { controller } = await client.status();
  const [first] = Object.keys(roles);
  for (const [user, role] of Object.entries(roles)) {
    const code =
      user === first && controller.setup_code
        ? controller.setup_code
        : (await client.users.invite({ name: user })).code;
    await anybody.session.register({ user, password: PASSWORD, code });
    await client.users.role({ name: user, role });
  }
}

/** As a person does it. */
export async function signIn(page: Page, user: string): Promise<void> {
  await page.getByLabel('User', { exact: true }).fill(user);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}
