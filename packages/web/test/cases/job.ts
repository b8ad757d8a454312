// The page of one job: its life, its log, its files, and what may be done about it.
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { waitFor } from '@dopq/testbed';
import { expect, test } from 'vitest';
import { as, heading, ids, lab } from '../stage.ts';

test('the page of a waiting job says why it waits, and its place and time', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  const id = ids['asr-stream'] ?? 0;
  await noor.open(`/jobs/${id}`);
  const why = page.getByRole('complementary', { name: `Why #${id} waits` });
  await why.getByRole('heading', { name: 'Why it waits' }).waitFor();
  await why.getByText(/place \d+, waits/).waitFor();
  await why.getByText('Starts, P50').waitFor();
  const { reason } = await lab.client.jobs.get({ id });
  await why
    .getByText(reason ?? '')
    .first()
    .waitFor();
  expect(noor.complaints).toEqual([]);
});

test('the page of a refused job says all that is wrong with it, beside the lines it is about', async () => {
  const id = await lab.submit({ user: 'noor', name: 'wrong', more: { num_gpus: 'many', num_slots: 'few' } });
  await lab.waitForStates({ [id]: 'finished' });
  await using noor = await as('noor');
  const { page } = noor;
  await noor.open(`/jobs/${id}`);
  const wrong = page.getByRole('region', { name: 'What is wrong' });
  for (const field of ['num_gpus', 'num_slots'])
    await wrong.getByText(new RegExp(`container_config.json, line \\d+, ${field}`)).waitFor();
  await wrong
    .getByText(/Right would be: a whole number/)
    .first()
    .waitFor();
  // The file itself, with the words beside its lines.
  const config = page.getByRole('list', { name: 'container_config.json' });
  expect(await config.locator('.wrong').filter({ hasText: '"num_gpus": "many"' }).innerText()).toMatch(/num_gpus/);
  await page.getByRole('tab', { name: 'Logs' }).click();
  await page.getByText('It never started, so there is no log.').waitFor();
  await page.getByText(`dopq show ${id}`).waitFor();
  expect(await page.getByText('dopq logs').count()).toBe(0);
  expect(noor.complaints).toEqual([]);
});

test('a finished job is submitted again with changes from a form that the server checks, and the new job says them', async () => {
  const id = await lab.submit({ user: 'mei', name: 'once-more', gpus: 0, minutes: 0.02, limit: '2h' });
  await lab.waitForStates({ [id]: 'finished' });
  await using mei = await as('mei');
  const { page } = mei;
  await mei.open(`/jobs/${id}`);
  await page.getByText(`dopq retry ${id}`, { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Submit again…' }).click();
  const dialog = page.getByRole('dialog', { name: `Submit #${id} once-more again` });
  await dialog.getByRole('button', { name: 'Submit again as it was' }).waitFor();
  await dialog.getByText('Would start, P50').waitFor();
  await dialog.getByLabel(/^Main memory/).fill('much');
  await dialog
    .getByText(/required_memory/)
    .last()
    .waitFor();
  expect(await dialog.getByRole('button', { name: 'Submit again with one change' }).isDisabled()).toBe(true);
  await dialog.getByLabel(/^Main memory/).fill('2g');
  await dialog.getByLabel(/^Time limit/).fill('');
  await dialog.getByText(`dopq retry ${id} --set required_memory=2g --set time_limit=null`).waitFor();
  await dialog.getByRole('button', { name: 'Submit again with 2 changes' }).click();
  await heading(page, `#${id} once-more`).waitFor({ state: 'detached' });
  const [again] = (await lab.client.jobs.list({ user: 'mei', scope: 'all' })).filter(({ retry_of: of }) => of === id);
  await heading(page, `#${again?.id} once-more`).waitFor();
  await waitFor(async () => (await lab.client.jobs.get({ id: again?.id ?? 0 })).state === 'finished');
  expect(await lab.client.jobs.get({ id: again?.id ?? 0 })).toMatchObject({
    memory_bytes: 2 * 1024 ** 3,
    time_limit_seconds: null,
    outcome: 'succeeded',
  });
  await page.getByRole('tab', { name: 'Config' }).click();
  await page.getByText('required_memory: "2g"').waitFor();
  await page.getByText('time_limit left out').waitFor();
  await page.getByRole('list', { name: 'container_config.json' }).getByText('"time_limit": "2h"').waitFor();
  expect(mei.complaints).toEqual([]);
});

test('what a job left in its output folder is walked through and downloaded, and so is its archive', async () => {
  const id = ids['whisper-ft'] ?? 0;
  const folder = path.join(lab.output, 'noor', 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'epoch 3.pt'), 'weights');
  await using noor = await as('noor', { acceptDownloads: true });
  const { page } = noor;
  await noor.open(`/jobs/${id}`);
  await page.getByRole('tab', { name: 'Files' }).click();
  const files = page.getByRole('table', { name: 'Files, folders first' });
  await files.getByRole('button', { name: 'results/' }).click();
  await files.getByRole('row', { name: /epoch 3\.pt 7 B/ }).waitFor();
  const saved = async (name: string): Promise<Buffer> => {
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name }).click();
    return readFileSync(await (await download).path());
  };
  expect((await saved('epoch 3.pt')).toString()).toBe('weights');
  expect((await saved('Download whisper-ft.zip')).subarray(0, 2).toString()).toBe('PK');
  await page.getByRole('button', { name: 'Output of noor' }).click();
  await files.getByRole('button', { name: 'results/' }).waitFor();
  expect(noor.complaints).toEqual([]);
});

test('a job’s page has its life, its log, its build, its events and what it used', async () => {
  await using noor = await as('noor', { acceptDownloads: true });
  const { page } = noor;
  const id = ids['whisper-ft'] ?? 0;
  await noor.open(`/jobs/${id}`);
  await heading(page, `#${id} whisper-ft`).waitFor();
  const life = page.getByRole('list', { name: 'Life of the job' });
  for (const step of ['received', 'checked', 'built', 'queued', 'started', 'running', 'ends'])
    await life.getByText(step, { exact: true }).waitFor();
  const log = page.getByRole('log', { name: 'Log' });
  await log.getByText('step 20/').waitFor();
  await page.getByRole('tab', { name: 'Build' }).click();
  await page
    .getByRole('log', { name: 'Build log' })
    .getByText(/FROM busybox/)
    .waitFor();
  await page.getByRole('tab', { name: /Events/ }).click();
  await page.getByRole('cell', { name: 'running', exact: true }).first().waitFor();
  await page.getByRole('heading', { name: 'Asked for' }).waitFor();
  await page.getByText('dopq logs -f').waitFor();
  // Each step of the build stands out.
  await page.getByRole('tab', { name: 'Build' }).click();
  await page
    .locator('.log-line.step')
    .filter({ hasText: /FROM busybox/ })
    .waitFor();
  // One crosshair in all charts: where one is pointed at, the others say their value of that time.
  await page.getByRole('img', { name: /^GPU use/ }).hover();
  const pointed = page.locator('.chart .at').filter({ hasText: /\d\d:\d\d/ });
  await waitFor(async () => (await pointed.count()) === 4);
  expect(noor.complaints).toEqual([]);
});

test('the log is searched, linked to, shown without its times and downloaded', async () => {
  const log = [
    'first \u001b[32mgreen\u001b[0m',
    ...Array.from({ length: 200 }, (_, index) => `line ${index} loss 0.${index}`),
    'the last word',
  ];
  const id = await lab.submit({ user: 'mei', name: 'talker', gpus: 0, minutes: 0.02, log });
  await lab.waitForStates({ [id]: 'finished' });
  await using mei = await as('mei', { acceptDownloads: true });
  const { page } = mei;
  await mei.open(`/jobs/${id}`);
  const view = page.getByRole('log', { name: 'Log' });
  await view.getByText('the last word').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('GREEN');
  await page.getByRole('status').getByText('1', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await view.getByText('green').waitFor();
  expect(await view.locator('.fg2').innerText()).toBe('green');
  await page.getByRole('button', { name: 'Link to line 1', exact: true }).click();
  expect(page.url()).toMatch(/#at=0$/);
  await page.getByRole('button', { name: 'times' }).click();
  expect(await view.locator('.log-time').count()).toBe(0);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'download' }).click();
  expect(
    readFileSync(await (await download).path(), 'utf8')
      .trim()
      .split('\n'),
  ).toHaveLength(log.length);
  await mei.open(`/jobs/${id}#at=0`);
  await view.locator('.here').getByText('first').waitFor();
  expect(mei.complaints).toEqual([]);
});

test('a log of 128 MiB is opened at its end, walked, searched and linked to, and hardly any of it is held', async () => {
  const id = await lab.submit({ user: 'mei', name: 'epic', gpus: 0, minutes: 0.02, log: ['short'] });
  await lab.waitForStates({ [id]: 'finished' });
  writeLongLog(path.join(lab.dir, 'data', 'log', `${id}.1.log`), 128);
  await using mei = await as('mei');
  const { page } = mei;
  await mei.open(`/jobs/${id}`);
  const view = page.getByRole('log', { name: 'Log' });
  await view.getByText('the last word').waitFor();
  await page.keyboard.press('g');
  await view.getByText('the first word').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('needle');
  await page.locator('.findin').getByText('1', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  const line = view.locator('.log-line').filter({ hasText: 'a needle' });
  await line.getByRole('button', { name: /Link to line/ }).click();
  expect(page.url()).toMatch(/#at=\d+$/);
  await page.reload();
  await view.locator('.here').getByText('a needle').waitFor();
  const inspector = await page.context().newCDPSession(page);
  await inspector.send('HeapProfiler.collectGarbage');
  const { usedSize } = await inspector.send('Runtime.getHeapUsage');
  expect(usedSize).toBeLessThan(64 * 2 ** 20);
  expect(mei.complaints).toEqual([]);
});

/** A log as the server keeps it, with something to find in its middle. */
function writeLongLog(file: string, mebibytes: number): void {
  const line = (text: string): string => `2026-11-26T09:00:00.000000000Z ${text}\n`;
  const filling = line('step 20/8600  loss 0.7155  lr 3.0e-05  1.9 it/s').repeat(12_000);
  const parts = Math.round((mebibytes * 2 ** 20) / filling.length);
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, line('the first word'));
  for (let part = 0; part < parts; part += 1) writeSync(descriptor, part === parts >> 1 ? line('a needle') : filling);
  writeSync(descriptor, line('the last word'));
  closeSync(descriptor);
}

test('a running job is cancelled with what is lost in words', async () => {
  const id = await lab.submit({ user: 'mei', name: 'short-lived', gpus: 0 });
  await lab.waitForStates({ [id]: 'running' });
  await using mei = await as('mei');
  const { page } = mei;
  await mei.open(`/jobs/${id}`);
  await page.getByRole('button', { name: 'Cancel…' }).click();
  const dialog = page.getByRole('dialog', { name: `Cancel #${id} short-lived of mei` });
  await dialog.getByText(/Its container is stopped/).waitFor();
  // A hasty Enter keeps it.
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Cancel…' }).click();
  await dialog.getByLabel('Reason, shown to everyone').fill('a typing error');
  await dialog.getByRole('button', { name: `Cancel #${id}` }).click();
  await page.getByText('cancelled', { exact: true }).first().waitFor();
  await page
    .getByText(/a typing error/)
    .first()
    .waitFor();
  expect(mei.complaints).toEqual([]);
});
