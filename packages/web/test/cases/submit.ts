// From a file in the browser to a job.
import { expect, test } from 'vitest';
import { archiveOf } from '../archive.ts';
import { as } from '../stage.ts';

test('a submission is checked in the browser, mended in the form and sent, and its page opens', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  await noor.open('/submit');
  const bytes = await archiveOf({
    user: 'noor',
    name: 'from-the-page',
    gpus: 0,
    minutes: 0.02,
    more: { required_memory: 'much' },
  });
  await page
    .locator('input[accept=".zip"]')
    .setInputFiles({ name: 'from-the-page.zip', mimeType: 'application/zip', buffer: Buffer.from(bytes) });
  const check = page.getByRole('region', { name: 'Check' });
  await check
    .getByText(/required_memory/)
    .first()
    .waitFor();
  expect(await check.getByRole('button', { name: 'Submit' }).isDisabled()).toBe(true);
  await page.getByLabel(/^Main memory/).fill('1g');
  expect(await page.getByLabel('container_config.json').inputValue()).toContain('"required_memory": "1g"');
  await check.getByText('Nothing is wrong with it.').waitFor();
  // A dry run: what it would get, and when it would start.
  await check.getByText(/^It would get no GPU, 1 Gi?B, 4 CPUs, no time limit\./).waitFor();
  await check.getByText('Would start, P50').waitFor();
  await check.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('heading', { level: 1, name: /from-the-page/ }).waitFor();
  expect(noor.complaints).toEqual([]);
});

test('a zip without a Dockerfile is told of before it is sent', async () => {
  await using noor = await as('noor');
  await noor.open('/submit');
  const bytes = await archiveOf({ user: 'noor', name: 'bare', dockerfile: 'RUN true\n' });
  await noor.page
    .locator('input[accept=".zip"]')
    .setInputFiles({ name: 'bare.zip', mimeType: 'application/zip', buffer: Buffer.from(bytes) });
  await noor.page.getByText('has no FROM').waitFor();
  expect(await noor.page.getByRole('button', { name: 'Submit', exact: true }).isDisabled()).toBe(true);
  expect(noor.complaints).toEqual([]);
});
