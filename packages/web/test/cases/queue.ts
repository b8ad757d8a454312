// The queue, and what may be done about it.
import { waitFor } from '@dopq/testbed';
import { expect, test } from 'vitest';
import { as, ids, lab } from '../stage.ts';

test('a queued job says when, what blocks it, what would change that and why another goes first', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  await noor.open('/queue');
  await page.getByRole('button', { name: 'asr-stream' }).click();
  const why = page.getByRole('complementary', { name: `Why #${ids['asr-stream']} waits` });
  await why.getByText('Starts, P50').waitFor();
  await why.getByRole('heading', { name: /What blocks it/ }).waitFor();
  await why
    .getByText(/2 GPUs, 0 free/)
    .first()
    .waitFor();
  await why.getByRole('heading', { name: /Why .* goes first|Where the penalty comes from/ }).waitFor();
  expect(page.url()).toContain(`job=${ids['asr-stream']}`);
  await page.keyboard.press('Escape');
  await why.waitFor({ state: 'detached' });
  expect(noor.complaints).toEqual([]);
});

test('own jobs are reordered by keys, and nobody else’s place changes', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  const order = async () => (await lab.client.jobs.list({ user: 'noor', state: 'queued' })).map(({ name }) => name);
  expect(await order()).toEqual(['asr-stream', 'asr-clean']);
  await noor.open(`/queue?job=${ids['asr-clean']}`);
  await page.getByRole('complementary').waitFor();
  await page.keyboard.press('Shift+K');
  await page.getByText(`#${ids['asr-clean']} goes before #${ids['asr-stream']} now.`).waitFor();
  expect(await order()).toEqual(['asr-clean', 'asr-stream']);
  expect(noor.complaints).toEqual([]);
});

test('own jobs are dragged to another place by their grip, and let be by Escape', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  const order = async () => (await lab.client.jobs.list({ user: 'noor', state: 'queued' })).map(({ name }) => name);
  const before = await order();
  await noor.open('/queue');
  const row = (name: string | undefined) => page.getByRole('row', { name: new RegExp(String(name)) });
  const drag = async (): Promise<void> => {
    const [first, last] = [row(before[0]), row(before.at(-1))];
    await first.hover();
    await first.getByTitle('Drag to reorder').hover();
    await page.mouse.down();
    const box = await last.boundingBox();
    if (!box) throw new Error('the last row is not in sight');
    await page.mouse.move(box.x + 100, box.y + box.height - 4, { steps: 5 });
    await page.locator('tr.drop-after').waitFor();
  };
  await drag();
  await page.keyboard.press('Escape');
  await page.locator('tr.drop-after').waitFor({ state: 'detached' });
  await page.mouse.up();
  expect(await order()).toEqual(before);
  await drag();
  await page.mouse.up();
  await page.getByText(/^#\d+ goes after #\d+ now\.$/).waitFor();
  expect(await order()).toEqual([...before.slice(1), before[0]]);
  expect(noor.complaints).toEqual([]);
});

test('holding asks for a reason that everyone sees, and releasing gives the place back', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  await noor.open(`/queue?job=${ids['asr-clean']}`);
  await page.getByRole('complementary').waitFor();
  await page.getByRole('button', { name: 'Hold…' }).click();
  // A dialog begins at what it asks for.
  await page.getByRole('dialog').waitFor();
  await page.keyboard.type('wrong dataset');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Hold #${ids['asr-clean']}` })
    .click();
  await page
    .getByRole('row', { name: /asr-clean/ })
    .getByText(/Held by .*: wrong dataset/)
    .waitFor();
  await page.getByRole('button', { name: 'Release', exact: true }).click();
  await waitFor(async () => (await lab.client.jobs.get({ id: ids['asr-clean'] ?? 0 })).state === 'queued');
  expect(noor.complaints).toEqual([]);
});

test('several jobs are cancelled at once, and the dialog says whose they are', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  const doomed = [
    await lab.submit({ user: 'noor', name: 'doomed-one' }),
    await lab.submit({ user: 'noor', name: 'doomed-two' }),
  ];
  await lab.waitForStates(Object.fromEntries(doomed.map((id) => [id, 'queued'])));
  await noor.open('/queue');
  for (const [index, name] of ['doomed-one', 'doomed-two'].entries())
    await page.getByRole('checkbox', { name: `Select #${doomed[index]} ${name}` }).check();
  await page.getByRole('button', { name: 'Cancel…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel 2 jobs of noor' });
  await dialog.getByText('doomed-two').waitFor();
  await dialog.getByRole('button', { name: 'Cancel 2 jobs' }).click();
  await page.getByText('2 jobs cancelled.').waitFor();
  await lab.waitForStates(Object.fromEntries(doomed.map((id) => [id, 'finished'])));
  expect(noor.complaints).toEqual([]);
});

test('a user may act on own jobs only; an operator may act on everybody’s', async () => {
  await using mei = await as('mei');
  await mei.open(`/queue?job=${ids['asr-stream']}`);
  await mei.page.getByRole('complementary').waitFor();
  expect(await mei.page.getByRole('checkbox', { name: /asr-stream/ }).isDisabled()).toBe(true);
  expect(await mei.page.getByRole('checkbox', { name: /docking/ }).isDisabled()).toBe(false);
  expect(await mei.page.getByRole('button', { name: 'Hold…' }).isDisabled()).toBe(true);
  await mei.open('/admin');
  await mei.page.getByText('This page is for operators and administrators.').waitFor();
  await using ilja = await as('ilja');
  await ilja.open('/queue');
  expect(await ilja.page.getByRole('checkbox', { name: /asr-stream/ }).isDisabled()).toBe(false);
  expect([...mei.complaints, ...ilja.complaints]).toEqual([]);
});
