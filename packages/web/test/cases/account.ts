// The door, and what belongs to oneself.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@dopq/testbed';
import { expect, test } from 'vitest';
import { visit } from '../browser.ts';
import { signIn } from '../people.ts';
import { as, browser, heading, ids, lab, origin } from '../stage.ts';

test('a wrong password is refused in words, and signing out leads to the door', async () => {
  await using stranger = await visit(browser, origin, { ignore: /status of 4\d\d/ });
  const { page } = stranger;
  await stranger.open('/queue');
  await page.getByLabel('User').fill('noor');
  await page.getByLabel('Password').fill('not this one');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page
    .getByRole('status')
    .getByText(/password|user/i)
    .first()
    .waitFor();
  await signIn(page, 'noor');
  await heading(page, 'Queue').waitFor();
  await page.getByRole('button', { name: /menu of noor/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  expect(stranger.complaints).toEqual([]);
});

test('a token is shown once and can be revoked', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  await noor.open('/profile');
  await page.getByRole('button', { name: 'New token…' }).click();
  await page.getByRole('dialog').getByLabel('What it is for').fill('night runs');
  await page.getByRole('dialog').getByRole('button', { name: 'Make it' }).click();
  const shown = page.getByRole('dialog', { name: 'Token night runs' });
  expect((await shown.locator('code').innerText()).length).toBeGreaterThan(20);
  await shown.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Revoke night runs' }).click();
  await page.getByText('There are none.').waitFor();
  await page.getByText('this one').waitFor();
  expect(noor.complaints).toEqual([]);
});

test('a secret is set, replaced and removed, and never shown again', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  await noor.open('/profile');
  const secrets = page.getByRole('region', { name: 'Secrets' });
  const set = async (value: string): Promise<void> => {
    await secrets.getByLabel('Name').fill('WANDB_API_KEY');
    await secrets.getByLabel(/^Value/).fill(value);
    await secrets.getByRole('button', { name: 'Set', exact: true }).click();
    await page.getByText('WANDB_API_KEY is set for your next starts.').last().waitFor();
    await waitFor(async () => (await secrets.getByLabel(/^Value/).inputValue()) === '');
  };
  await set('first-value-1');
  await set('second-value-2');
  expect(await secrets.getByRole('listitem').count()).toBe(1);
  expect(await page.content()).not.toMatch(/first-value|second-value/);
  expect((await lab.client.secrets.list({ user: 'noor' })).map(({ name }) => name)).toEqual(['WANDB_API_KEY']);
  await secrets.getByRole('button', { name: 'Remove WANDB_API_KEY' }).click();
  await secrets.getByRole('listitem').waitFor({ state: 'detached' });
  expect(await lab.client.secrets.list({ user: 'noor' })).toEqual([]);
  expect(noor.complaints).toEqual([]);
});

test('a webhook is added with a key that is shown once, tested, told of a job, and removed', async () => {
  const calls: string[] = [];
  const receiver = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => calls.push(chunk.toString()));
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  await using noor = await as('noor');
  const { page } = noor;
  await noor.open('/profile');
  const channels = page.getByRole('region', { name: 'Notifications' });
  await channels.getByText('Nobody is told of your jobs.').waitFor();
  await channels.getByRole('button', { name: 'New…' }).click();
  const dialog = page.getByRole('dialog', { name: 'New notification' });
  await dialog.getByRole('button', { name: 'Webhook' }).click();
  await dialog.getByLabel('URL').fill(url);
  await dialog.getByLabel('it is held').check();
  await dialog.getByRole('button', { name: 'Add it' }).click();
  const key = page.getByRole('dialog', { name: 'Key of its signatures' });
  expect(await key.locator('code').innerText()).toMatch(/^whsec_/);
  await key.getByRole('button', { name: 'Close' }).click();
  await channels.getByRole('button', { name: `Test ${url}` }).click();
  await page.getByText('The test got through.').waitFor();
  await lab.client.jobs.hold({ id: ids['asr-clean'] ?? 0, reason: 'for the bell' });
  await waitFor(() => calls.some((call) => call.includes('for the bell')));
  await lab.client.jobs.release({ id: ids['asr-clean'] ?? 0 });
  await channels.getByRole('button', { name: `Remove ${url}` }).click();
  await channels.getByText('Nobody is told of your jobs.').waitFor();
  receiver.close();
  expect(noor.complaints).toEqual([]);
});
