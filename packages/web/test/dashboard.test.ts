// The dashboard as people use it: a real browser, a real server, a lab that works.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { waitFor } from '@dopq/testbed';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser, visit, type Visitor } from './browser.ts';
import { archiveOf, type Lab, startLab } from './lab.ts';
import { enrol, originOf, PASSWORD, signIn } from './people.ts';

let lab: Lab;
let browser: Browser;
let origin: string;
/** Sessions, so that each test is somebody at once. */
const sessions: Record<string, Awaited<ReturnType<ReturnType<Page['context']>['storageState']>>> = {};
const ids: Record<string, number> = {};

const ROLES = { ana: 'admin', ilja: 'operator', noor: 'user', mei: 'user' } as const;

beforeAll(async () => {
  [lab, browser] = await Promise.all([startLab({ env: { DOPQ_SIM_HOST: '32,256' } }), startBrowser()]);
  const { client } = lab;
  await lab.addPast(30);
  const drops = [
    { user: 'noor', name: 'whisper-ft', gpus: 2, limit: '8h' },
    { user: 'mei', name: 'protein-fold', gpus: 2, limit: '4h' },
  ];
  for (const job of drops) ids[job.name] = await lab.submit(job);
  await lab.waitForStates(Object.fromEntries(Object.values(ids).map((id) => [id, 'running'])));
  for (const job of [
    { user: 'noor', name: 'asr-stream', gpus: 2, limit: '2h' },
    { user: 'noor', name: 'asr-clean', gpus: 1, limit: '1h' },
    { user: 'mei', name: 'docking', gpus: 4, limit: '2h' },
    { user: 'ilja', name: 'bench-nccl', gpus: 2 },
  ])
    ids[job.name] = await lab.submit(job);
  await waitFor(async () => (await client.jobs.list({ state: 'queued' })).length === 4, { timeoutMs: 90_000 });
  await client.jobs.hold({ id: ids['bench-nccl'] ?? 0, reason: 'dataset not mounted' });
  await enrol(client, ROLES);
  origin = await originOf(client);
  for (const user of Object.keys(ROLES)) {
    await using visitor = await visit(browser, origin);
    await visitor.open('/');
    await signIn(visitor.page, user);
    sessions[user] = await visitor.page.context().storageState();
  }
});

afterAll(async () => {
  await browser?.close();
  await lab?.[Symbol.asyncDispose]();
});

type As = keyof typeof ROLES;

async function as(user: As, options: Parameters<typeof visit>[2] = {}): Promise<Visitor> {
  const storageState = sessions[user];
  return await visit(browser, origin, { ...options, ...(storageState && { storageState }) });
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });

const PAGES: [address: string, title: string][] = [
  ['/', 'Overview'],
  ['/queue', 'Queue'],
  ['/history', 'History'],
  ['/gpus', 'GPUs'],
  ['/users', 'Users'],
  ['/reports', 'Reports'],
  ['/submit', 'Submit a job'],
  ['/profile', 'ana'],
  ...['people', 'queue', 'doctor', 'run-params', 'audit', 'danger'].map((part): [string, string] => [
    `/admin?part=${part}`,
    'Administration',
  ]),
];

test('the overview shows five panels, every GPU and the lab in figures, without scrolling at 1280 by 800', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  await noor.open('/');
  for (const name of ['Status', 'Running', 'Enqueued', 'Users', 'Completed'])
    await page.getByRole('region', { name, exact: true }).waitFor();
  for (const index of [0, 1, 2, 3]) await page.getByRole('article', { name: `local GPU ${index}` }).waitFor();
  const figures = page.locator('dl[aria-label="The lab now"]');
  await figures.getByText('GPUs free').waitFor();
  expect(await figures.innerText()).toMatch(
    /GPUs free\s+0 of 4[\s\S]*Running\s+2 jobs\s+on 4 GPUs[\s\S]*Enqueued\s+4 jobs\s+1 held/,
  );
  const enqueued = page.getByRole('region', { name: 'Enqueued', exact: true });
  await enqueued.getByText('held by admin: dataset not mounted').waitFor();
  await enqueued.getByText('2 GPUs at once, 0 free').waitFor();
  expect(await page.evaluate(`document.documentElement.scrollHeight`)).toBeLessThanOrEqual(800);
  // One's own rows say so, in words.
  expect(
    await page
      .getByRole('region', { name: 'Running', exact: true })
      .getByRole('row', { name: /whisper-ft/ })
      .innerText(),
  ).toContain('you');
  expect(noor.complaints).toEqual([]);
});

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

test('holding asks for a reason that everyone sees, and releasing gives the place back', async () => {
  await using noor = await as('noor');
  const { page } = noor;
  await noor.open(`/queue?job=${ids['asr-clean']}`);
  await page.getByRole('complementary').waitFor();
  await page.getByRole('button', { name: 'Hold…' }).click();
  await page.getByRole('dialog').getByLabel('Reason, shown to everyone').fill('wrong dataset');
  await page.getByRole('dialog').getByRole('button', { name: 'Hold 1 job' }).click();
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
  await mei.page.getByText('This page is for administrators.').waitFor();
  await using ilja = await as('ilja');
  await ilja.open('/queue');
  expect(await ilja.page.getByRole('checkbox', { name: /asr-stream/ }).isDisabled()).toBe(false);
  expect([...mei.complaints, ...ilja.complaints]).toEqual([]);
});

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

test('a running job is cancelled with what is lost in words', async () => {
  const id = await lab.submit({ user: 'mei', name: 'short-lived', gpus: 0 });
  await lab.waitForStates({ [id]: 'running' });
  await using mei = await as('mei');
  const { page } = mei;
  await mei.open(`/jobs/${id}`);
  await page.getByRole('button', { name: 'Cancel…' }).click();
  const dialog = page.getByRole('dialog', { name: `Cancel #${id} short-lived of mei` });
  await dialog.getByText(/Its container is stopped/).waitFor();
  await dialog.getByLabel('Reason, shown to everyone').fill('a typing error');
  await dialog.getByRole('button', { name: `Cancel #${id}` }).click();
  await page.getByText('cancelled', { exact: true }).first().waitFor();
  await page
    .getByText(/a typing error/)
    .first()
    .waitFor();
  expect(mei.complaints).toEqual([]);
});

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
  await check.getByText('It would get no GPU, 1 GB, 4 CPUs, no time limit.').waitFor();
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

test('an administrator locks the queue with a message, changes the policy and finds both in the audit', async () => {
  await using ana = await as('ana');
  const { page } = ana;
  await ana.open('/admin?part=queue');
  await page.getByLabel('Message, shown to everyone').fill('kernel update');
  await page.getByRole('button', { name: 'Lock the queue' }).click();
  await page.getByRole('button', { name: 'Unlock' }).waitFor();
  await ana.open('/');
  await page.getByText('The queue is locked.').waitFor();
  await page.getByText(/By ana, since .*, until somebody unlocks it/).waitFor();
  const state = page.getByRole('region', { name: 'Status' });
  await state.getByText('the queue is locked: kernel update').waitFor();
  expect(await state.getByText('all well').count()).toBe(0);
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByText('The queue is locked.').waitFor({ state: 'detached' });
  await ana.open('/admin?part=queue');
  await page.getByRole('button', { name: 'Lock the queue' }).waitFor();
  await page.getByRole('button', { name: 'Change time.limit.default', exact: true }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('90m');
  await page.getByRole('dialog').getByRole('button', { name: 'Change', exact: true }).click();
  await page.getByRole('row', { name: /time\.limit\.default 1 h 30/ }).waitFor();
  await page.getByRole('button', { name: 'Reset time.limit.default', exact: true }).click();
  await page.getByRole('button', { name: 'Reset time.limit.default', exact: true }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Change max.running.jobs', exact: true }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('40');
  await page.getByRole('dialog').getByRole('button', { name: 'Change', exact: true }).click();
  await page.getByRole('button', { name: 'Reset max.running.jobs', exact: true }).click();
  await page.getByRole('button', { name: 'Reset max.running.jobs', exact: true }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Audit' }).click();
  await page.getByRole('cell', { name: 'queue.changePolicy' }).first().waitFor();
  await page.getByRole('cell', { name: 'queue.lock', exact: true }).first().waitFor();
  expect(ana.complaints).toEqual([]);
});

test('people are added with a role, invited with a code that is shown once, and disabled', async () => {
  await using ana = await as('ana');
  const { page } = ana;
  await ana.open('/admin');
  await page.getByRole('button', { name: 'Add a user…' }).click();
  await page.getByRole('dialog').getByLabel(/^Name/).fill('jonas');
  await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('jonas may submit now.').waitFor();
  await page.getByRole('button', { name: 'Invitation code for jonas' }).click();
  const code = await page.getByRole('dialog', { name: 'Invitation for jonas' }).locator('code').innerText();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await using jonas = await visit(browser, origin, { ignore: /status of 401/ });
  await jonas.open('/');
  await jonas.page.getByRole('button', { name: /Register/ }).click();
  await jonas.page.getByLabel('User').fill('jonas');
  await jonas.page.getByLabel('Password').fill(PASSWORD);
  await jonas.page.getByLabel('Invitation code').fill(code);
  await jonas.page.getByRole('button', { name: 'Register', exact: true }).click();
  await jonas.page.getByRole('navigation', { name: 'Main' }).waitFor();
  await page.getByRole('button', { name: 'Disable jonas' }).click();
  await page.getByText('jonas is disabled.').waitFor();
  expect([...ana.complaints, ...jonas.complaints]).toEqual([]);
});

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

test('the history is cleared only by the typed word, with the number it is about', async () => {
  await using ana = await as('ana');
  const { page } = ana;
  await ana.open('/admin?part=danger');
  await page.getByRole('button', { name: 'Clear…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Clear the history' });
  await dialog.getByText(/\d+ finished jobs/).waitFor();
  const clear = dialog.getByRole('button', { name: /^Clear \d/ });
  expect(await clear.isDisabled()).toBe(true);
  await dialog.getByLabel(/Only those that ended before/).fill('2020-01-01');
  await dialog.getByText('0 finished jobs').waitFor();
  await dialog.getByLabel(/Type clear/).fill('clear');
  await dialog.getByRole('button', { name: 'Clear 0' }).click();
  await page.getByText('0 jobs cleared.').waitFor();
  expect((await lab.client.jobs.list({ scope: 'finished' })).length).toBeGreaterThan(20);
  expect(ana.complaints).toEqual([]);
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

async function violationsOn(ana: Visitor, rules: (axe: AxeBuilder) => AxeBuilder): Promise<string[]> {
  const { page } = ana;
  const found: string[] = [];
  const more = [`/queue?job=${ids['asr-stream']}`, `/jobs/${ids['whisper-ft']}`, '/users?name=ana', '/no/such/page'];
  for (const address of [...PAGES.map(([address]) => address), ...more]) {
    await ana.open(address);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await page.getByText('Loading…').first().waitFor({ state: 'detached' });
    const { violations } = await rules(new AxeBuilder({ page })).analyze();
    const words = violations.map(
      ({ id, nodes }) =>
        `${address}: ${id}: ${nodes
          .map(({ html }) => html)
          .slice(0, 3)
          .join(' | ')}`,
    );
    found.push(...words);
  }
  return found;
}

test('every page is accessible (axe: WCAG 2.2 AA and good practice)', async () => {
  await using ana = await as('ana', { colorScheme: 'light' });
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  expect(await violationsOn(ana, (axe) => axe.withTags(tags))).toEqual([]);
  expect(ana.complaints).toEqual([]);
});

// What axe looks at is the same in both themes, but for the colours.
test('every page has enough contrast in the dark theme, too', async () => {
  await using ana = await as('ana', { colorScheme: 'dark' });
  expect(await violationsOn(ana, (axe) => axe.withRules(['color-contrast', 'link-in-text-block']))).toEqual([]);
  expect(ana.complaints).toEqual([]);
});

test('on a phone nothing is cut off sideways, and what waits comes before what runs', async () => {
  await using ana = await as('ana', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const { page } = ana;
  for (const [address] of [...PAGES, [`/jobs/${ids['whisper-ft']}`]]) {
    await ana.open(address ?? '/');
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    expect([address, await page.evaluate(`document.documentElement.scrollWidth`)]).toEqual([address, 390]);
  }
  await ana.open('/');
  const top = async (name: string): Promise<number> =>
    (await page.getByRole('region', { name, exact: true }).boundingBox())?.y ?? 0;
  await page.getByRole('region', { name: 'Enqueued', exact: true }).waitFor();
  expect(await top('Enqueued')).toBeLessThan(await top('Running'));
  await ana.open(`/queue?job=${ids['asr-stream']}`);
  expect((await page.getByRole('complementary').boundingBox())?.width).toBe(390);
  expect(ana.complaints).toEqual([]);
});

test('the screen on the wall is the page scaled as a whole, with a clock and without controls', async () => {
  await using ana = await as('ana', { viewport: { width: 1920, height: 1200 } });
  const { page } = ana;
  await ana.open('/?tv');
  await page.getByRole('region', { name: 'Running', exact: true }).waitFor();
  expect(await page.evaluate(`getComputedStyle(document.documentElement).fontSize`)).toBe('24px');
  await page.locator('.clock').waitFor();
  expect(await page.getByRole('navigation', { name: 'Main' }).isVisible()).toBe(false);
  expect(await page.getByRole('link', { name: 'Submit job' }).isVisible()).toBe(false);
  expect(await page.evaluate(`document.documentElement.scrollHeight <= window.innerHeight`)).toBe(true);
  expect(ana.complaints).toEqual([]);
});

test('whoever follows every link and opens every dialog meets no error', async () => {
  await using ana = await as('ana');
  const { page } = ana;
  const seen = new Set<string>();
  const toSee = ['/'];
  for (let address = toSee.shift(); address !== undefined && seen.size < 40; address = toSee.shift()) {
    // One job's page stands for all.
    const kind = address.replace(/\d+/g, 'N').replace(/name=\w+/, 'name=N');
    if (seen.has(kind)) continue;
    seen.add(kind);
    await ana.open(address);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    for (const button of await page.getByRole('button', { name: /…$/ }).all()) {
      if (!(await button.isVisible()) || (await button.isDisabled()) || /Choose|Another/.test(await button.innerText()))
        continue;
      await button.click();
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    const links = (await page.evaluate(
      `[...document.querySelectorAll('a[href^="/"]:not([download])')].map(({ pathname, search }) => pathname + search)`,
    )) as string[];
    toSee.push(...links);
  }
  expect(seen.size).toBeGreaterThanOrEqual(9);
  expect(ana.complaints).toEqual([]);
});

test('everything comes from the server itself, under a policy without inline script', async () => {
  await using ana = await as('ana');
  const elsewhere: string[] = [];
  ana.page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) elsewhere.push(request.url());
  });
  const answer = await ana.page.goto(`${origin}/`);
  await ana.page.getByRole('region', { name: 'Running', exact: true }).waitFor();
  expect(answer?.headers()['content-security-policy']).toMatch(
    /default-src 'none'; script-src 'self'; style-src 'self'/,
  );
  expect(await ana.page.evaluate(`document.fonts.check('13px Inter')`)).toBe(true);
  expect(elsewhere).toEqual([]);
  expect(ana.complaints).toEqual([]);
});

test('the script of the overview is less than 300 kB, compressed', () => {
  const dist = path.join(import.meta.dirname, '../dist');
  const html = readFileSync(path.join(dist, 'index.html'), 'utf8');
  const needed = [...html.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map(([, file]) => file ?? '');
  const bytes = needed.reduce((sum, file) => sum + readFileSync(path.join(dist, `${file}.gz`)).length, 0);
  expect(needed.length).toBeGreaterThanOrEqual(2);
  expect(bytes).toBeLessThan(300_000);
  expect(readdirSync(path.join(dist, 'assets')).filter((name) => name.endsWith('.js')).length).toBeGreaterThan(5);
});
