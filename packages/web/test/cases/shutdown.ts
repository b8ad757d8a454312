// The last of all: nothing of the stage is left after it.
import { expect, test } from 'vitest';
import { as, lab } from '../stage.ts';

test('an administrator shuts DoPQ down by the typed word; what runs, runs on, and the page says that it is stale', async () => {
  await using ana = await as('ana', { ignore: /Failed to load|ERR_|status of 5/ });
  const { page } = ana;
  await ana.open('/admin?part=danger');
  await page.getByRole('button', { name: 'Shut down…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Shut DoPQ down' });
  await dialog.getByText(/\d jobs? runs? now, and would run on\./).waitFor();
  const sure = dialog.getByRole('button', { name: 'Shut down', exact: true });
  expect(await sure.isDisabled()).toBe(true);
  await dialog.getByLabel(/Type shut down/).fill('shut down');
  await sure.click();
  await page.getByText(/DoPQ is going; \d+ jobs? run on\./).waitFor();
  await lab.ended();
  await page.getByText(/^stale \d+ s$/).waitFor();
  expect(ana.complaints).toEqual([]);
});
