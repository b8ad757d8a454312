// Pages that are lists, and the field that finds things on all of them.
import { waitFor } from '@dopq/testbed';
import { expect, test } from 'vitest';
import { as, heading, ids } from '../stage.ts';

test('the history is filtered and sorted by the server, and the address holds the question', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  await noor.open('/history?user=mei');
  await page.getByRole('table', { name: 'Jobs that ended' }).waitFor();
  const users = async () => new Set(await page.locator('tbody td:nth-child(2)').allInnerTexts());
  expect(await users()).toEqual(new Set(['mei']));
  await page.getByRole('combobox', { name: 'Outcome' }).selectOption('failed');
  await waitFor(() => page.url().includes('outcome=failed'));
  await page.getByRole('combobox', { name: 'User' }).selectOption('');
  await page.getByRole('combobox', { name: 'Outcome' }).selectOption('');
  await page.getByRole('button', { name: /^Took/ }).click();
  await page.getByRole('columnheader', { name: /Took ↑/ }).waitFor();
  await page.getByRole('searchbox').fill('no such job');
  await page.getByText('Nothing like that has ended.').waitFor();
  expect(noor.complaints).toEqual([]);
});

test('each user’s penalty has its bill', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  await noor.open('/users');
  await page.getByRole('button', { name: 'ana' }).click();
  const bill = page.getByRole('complementary', { name: 'Ledger of ana' });
  await bill.getByText('Penalty', { exact: true }).waitFor();
  await bill
    .getByText(/half-life|counts half/)
    .first()
    .waitFor();
  expect(noor.complaints).toEqual([]);
});

test('an operator drains a GPU with a reason and gives it out again', async () => {
  await using ilja = await as('ilja');
  const { page } = ilja;
  await ilja.open('/gpus');
  const gpu = page.getByRole('region', { name: 'local GPU 3' });
  await gpu.getByRole('button', { name: 'Drain…' }).click();
  await page.getByRole('dialog').getByLabel('Reason, shown to everyone').fill('12 ECC errors');
  await page.getByRole('dialog').getByRole('button', { name: 'Drain', exact: true }).click();
  await gpu.getByText(/12 ECC errors/).waitFor();
  await gpu.getByRole('button', { name: 'Give it out again' }).click();
  await gpu.getByRole('button', { name: 'Drain…' }).waitFor();
  expect(ilja.complaints).toEqual([]);
});

test('one field finds jobs, users and pages', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  await noor.open('/');
  await page.getByRole('region', { name: 'Running', exact: true }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('protein');
  await page.getByRole('option', { name: /protein-fold/ }).waitFor();
  await page.keyboard.press('Enter');
  await heading(page, `#${ids['protein-fold']} protein-fold`).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).getByText('this list').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('2');
  await heading(page, 'Queue').waitFor();
  expect(noor.complaints).toEqual([]);
});
