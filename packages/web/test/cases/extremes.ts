// What a dashboard must bear: ten thousand rows, hostile words in every field, a server that goes away and comes back.
import { waitFor } from '@dopq/testbed';
import { expect, test } from 'vitest';
import type { Visitor } from '../browser.ts';
import { addQueue } from '../recorded-jobs.ts';
import { as, byTwo, lab } from '../stage.ts';

const HOSTILE = [
  '<img src=x onerror="window.hit=1">',
  '"><script>window.hit=1</script>',
  "'-window.hit=1-'",
  '<svg/onload=window.hit=1>',
  '{{constructor.constructor("window.hit=1")()}}',
  '\u202ereversed\u202c [x](javascript:window.hit=1)',
];

async function enter(address: string, ignore?: RegExp): Promise<Visitor> {
  const visitor = await as('ana', ignore ? { ignore } : {});
  await visitor.open(address);
  return visitor;
}

/** Nothing of the words was run, and nothing became a part of the page. */
async function isSafe({ page }: Visitor): Promise<void> {
  expect(await page.evaluate(`window.hit`)).toBeUndefined();
  expect(await page.locator('main img[src="x"], main script').count()).toBe(0);
}

test('hostile words in names, files, reasons, logs and messages are text wherever they stand', async () => {
  const { client } = lab;
  const [image = '', script = ''] = HOSTILE;
  const [running, ended, ...waiting] = await Promise.all([
    lab.submit({
      user: 'mei',
      name: 'talker',
      gpus: 0,
      log: HOSTILE.map((words) => words.replaceAll('"', "'")),
      more: { name: image },
    }),
    lab.submit({ user: 'mei', name: 'ended', gpus: 0, minutes: 0.02, more: { name: script } }),
    ...HOSTILE.map((words, index) =>
      lab.submit({
        user: 'noor',
        name: `hostile-${index}`,
        gpus: 4,
        more: { name: words.replaceAll(/[\u202e\u202c]/g, '') },
      }),
    ),
  ]);
  await lab.waitForStates({ [running]: 'running', [ended]: 'finished' });
  await waitFor(
    async () =>
      (await client.jobs.list({ user: 'noor' })).every(({ state }) =>
        ['queued', 'running', 'finished'].includes(state),
      ),
    { timeoutMs: 60_000 },
  );
  for (const { id, state } of await client.jobs.list({ user: 'noor' }))
    if (state === 'queued') await client.jobs.hold({ id, reason: script });
  await client.queue.lock({ message: image });
  await using ana = await enter('/');
  const { page } = ana;
  await page.getByText(image).first().waitFor();
  const addresses = [
    '/',
    '/queue',
    `/queue?job=${waiting.at(-1)}`,
    '/history',
    `/history?text=${encodeURIComponent(script)}`,
    `/history?user=${encodeURIComponent(image)}`,
    '/gpus',
    '/users',
    `/users?name=${encodeURIComponent(image)}`,
    '/reports',
    `/jobs/${running}`,
    `/jobs/${ended}`,
    `/jobs/${encodeURIComponent(image)}`,
    '/admin?part=audit',
    '/admin?part=doctor',
  ];
  await byTwo(
    addresses,
    () => as('ana', { ignore: /status of 4\d\d/ }),
    async (visitor, address) => {
      await visitor.open(address);
      await visitor.page.getByRole('heading', { level: 1 }).first().waitFor();
      await isSafe(visitor);
    },
  );
  await ana.open(`/jobs/${running}`);
  await page.getByRole('heading', { level: 1, name: image }).waitFor();
  await page.getByRole('log').getByText('window.hit=1').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('<img');
  await page.locator('mark').first().waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('window.hit');
  await page.getByRole('option').first().waitFor();
  await isSafe(ana);
  expect(ana.complaints.filter((words) => !/status of 4\d\d/.test(words))).toEqual([]);
  await client.queue.unlock();
});

test('a server that goes away is told within seconds, the page stays, and it is live again by itself', async () => {
  // The browser itself reports each connection that fails.
  await using ana = await enter('/', /Failed to load|ERR_|status of 5/);
  const { page } = ana;
  await page
    .getByRole('region', { name: 'Running', exact: true })
    .getByText('talker', { exact: false })
    .or(page.getByRole('region', { name: 'Running', exact: true }).getByText('<img'))
    .first()
    .waitFor();
  await page.evaluate(`window.mark = 'not loaded again'`);
  const port = new URL(page.url()).port;
  await lab.stop();
  await page.getByText(/^stale \d s$/).waitFor();
  // Questions without an answer do not make it live again.
  await page.getByText(/^stale 1[1-9] s$/).waitFor();
  expect(await page.getByRole('region', { name: 'Running', exact: true }).isVisible()).toBe(true);
  expect(await page.getByRole('region', { name: 'Users', exact: true }).getByText('noor').isVisible()).toBe(true);
  await lab.startAt(port);
  await page.getByText('live', { exact: true }).waitFor();
  expect(await page.evaluate(`window.mark`)).toBe('not loaded again');
  const id = await lab.submit({ user: 'mei', name: 'after-the-break', gpus: 0 });
  await page.getByRole('link', { name: 'after-the-break' }).first().waitFor();
  await lab.client.jobs.cancel({ id });
  expect(ana.complaints).toEqual([]);
});

test('ten thousand queued jobs: only the rows in sight are in the page, and more come as somebody scrolls', async () => {
  const { queue } = await lab.client.status();
  // A second try finds them there.
  if (queue.queued < 10_000) await lab.whileDown((_db, dataDir) => addQueue(dataDir, 10_000));
  await using ana = await enter('/queue');
  const { page } = ana;
  await page.getByRole('heading', { level: 1, name: 'Queue' }).waitFor();
  await page.getByText(/10\s?0\d\d jobs in scheduling order/).waitFor({ timeout: 90_000 });
  const rows = page.locator('.queue tbody tr:not(.space)');
  await rows.first().waitFor();
  expect(await rows.count()).toBeLessThan(80);
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await page.getByRole('button', { name: 'Hold…' }).click();
  // Whoever used least goes first: these may all be of one user.
  await page.getByRole('dialog', { name: /^Hold [\d\u2009]+ jobs of (\d+ users|\w+)$/ }).waitFor();
  await page.keyboard.press('Escape');
  // More rows come as somebody scrolls.
  await waitFor(
    async () => {
      await page.locator('.scroller').press('End');
      return Number(await rows.last().getAttribute('aria-rowindex')) > 1500;
    },
    { timeoutMs: 90_000, intervalMs: 300 },
  );
  expect(await rows.count()).toBeLessThan(80);
  expect(await page.getByRole('table').getAttribute('aria-rowcount')).toMatch(/^100\d\d$/);
  expect(ana.complaints).toEqual([]);
});
