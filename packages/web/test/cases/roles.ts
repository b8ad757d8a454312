// Who sees what, and who may do what: every page and every act as nobody, as a user, as an operator and as an administrator.
import { waitFor } from '@dopq/testbed';
import { expect, test } from 'vitest';
import { visit, type Visitor } from '../browser.ts';
import { type As, as, browser, byTwo, heading, ids, isThere, lab, origin, PAGES, ROLES } from '../stage.ts';

/** Goes there as a link of the page would: without loading it again. */
async function go({ page }: Visitor, address: string): Promise<void> {
  await page.evaluate(
    `history.pushState({}, '', ${JSON.stringify(address)}); dispatchEvent(new PopStateEvent('popstate'))`,
  );
}

/** What stood there before is gone. */
async function landed(visitor: Visitor, address: string): Promise<void> {
  const { page } = visitor;
  const [, id] = /(?:job=|jobs\/)(\d+)/.exec(address) ?? [];
  if (address.startsWith('/queue')) await page.getByRole('complementary', { name: `Why #${id} waits` }).waitFor();
  else if (id !== undefined) await heading(page, new RegExp(`#${id} `)).waitFor();
  else if (address === '/profile') await page.getByRole('region', { name: 'Tokens' }).waitFor();
  else await heading(page, address === '/gpus' ? 'GPUs' : 'Administration').waitFor();
  await isThere(visitor);
}

const isAdministration = (address: string): boolean => address.startsWith('/admin');

test('nobody in particular finds the door at every address, and nothing of the lab behind it', async () => {
  await byTwo(
    [...PAGES.map(([address]) => address), `/jobs/${ids['whisper-ft']}`],
    () => visit(browser, origin, { ignore: /status of 401/ }),
    async (stranger, address) => {
      const { page } = stranger;
      await stranger.open(address);
      await heading(page, 'Sign in').waitFor();
      expect(await page.locator('body').innerText()).not.toMatch(/whisper|noor|GPU 0/);
      expect(await page.getByRole('navigation', { name: 'Main' }).count()).toBe(0);
    },
  );
});

test.concurrent.each(['noor', 'ilja', 'ana'] as const)('%s sees each page as their role allows', async (user) => {
  await using visitor = await as(user);
  const { page } = visitor;
  const role = ROLES[user];
  await visitor.open('/');
  for (const [address, title] of PAGES) {
    await go(visitor, address);
    await heading(page, title === 'ana' ? user : title).waitFor();
    await isThere(visitor);
    if (!isAdministration(address)) continue;
    const forbidden = await page.getByText('This page is for operators and administrators.').count();
    const parts = await page.getByRole('group', { name: 'Part' }).count();
    expect([address, forbidden, parts]).toEqual([address, role === 'user' ? 1 : 0, role === 'admin' ? 1 : 0]);
    if (role === 'operator') await page.getByRole('button', { name: 'Lock the queue' }).waitFor();
  }
  await page.getByRole('button', { name: `menu of ${user}` }).click();
  expect(await page.getByRole('link', { name: 'Administration' }).count()).toBe(role === 'user' ? 0 : 1);
  expect(visitor.complaints).toEqual([]);
});

/** Acts on what is noor's, on the machine and on the whole, and who is offered each: mei is another user. */
const ACTS: [address: () => string, acts: [act: string, who: As[]][]][] = [
  [
    () => `/queue?job=${ids['asr-stream']}`,
    [
      ['Hold…', ['noor', 'ilja', 'ana']],
      ['Cancel…', ['noor', 'ilja', 'ana']],
      ['First', ['noor', 'ilja', 'ana']],
    ],
  ],
  [() => `/queue?job=${ids['bench-nccl']}`, [['Release', ['ilja', 'ana']]]],
  [() => `/jobs/${ids['asr-stream']}`, [['Hold…', ['noor', 'ilja', 'ana']]]],
  [
    () => `/jobs/${ids['whisper-ft']}`,
    [
      ['Extend…', ['noor', 'ilja', 'ana']],
      ['Cancel…', ['noor', 'ilja', 'ana']],
    ],
  ],
  [() => `/jobs/${ids['over']}`, [['Submit again…', ['noor', 'ilja', 'ana']]]],
  [() => '/gpus', [['Drain…', ['ilja', 'ana']]]],
  [
    () => '/admin?part=queue',
    [
      ['Lock the queue', ['ilja', 'ana']],
      ['Change max.running.jobs', ['ana']],
    ],
  ],
  [() => '/admin?part=people', [['Add a user…', ['ana']]]],
  [
    () => '/admin?part=danger',
    [
      ['Clear…', ['ana']],
      ['Shut down…', ['ana']],
    ],
  ],
  [() => '/profile', [['New token…', ['mei', 'noor', 'ilja', 'ana']]]],
];

test('each act is offered to whoever may do it, and to nobody else', async () => {
  const [over] = await lab.client.jobs.list({ scope: 'finished', user: 'noor', outcome: 'succeeded' });
  ids['over'] = over?.id ?? 0;
  const offered: string[] = [];
  await Promise.all(
    (Object.keys(ROLES) as As[]).map(async (user) => {
      await using visitor = await as(user);
      await visitor.open('/');
      for (const [address, acts] of ACTS) {
        await go(visitor, address());
        await landed(visitor, address());
        for (const [act, who] of acts) {
          const button = visitor.page.getByRole('button', { name: act, exact: true }).first();
          if (who.includes(user)) await button.waitFor();
          const may = (await button.count()) > 0 && (await button.isEnabled());
          if (may !== who.includes(user)) offered.push(`${address()} ${act} ${may ? '' : 'not '}to ${user}`);
        }
      }
      expect(visitor.complaints).toEqual([]);
    }),
  );
  expect(offered).toEqual([]);
});

test('what is offered is done: owner, operator and administrator each hold, release and cancel on the job’s page', async () => {
  await Promise.all(
    (['noor', 'ilja', 'ana'] as const).map(async (user) => {
      const id = await lab.submit({ user: 'noor', name: `of-${user}`, gpus: 4 });
      await lab.waitForStates({ [id]: 'queued' });
      await using visitor = await as(user);
      const { page } = visitor;
      await visitor.open(`/jobs/${id}`);
      await page.getByRole('button', { name: 'Hold…' }).click();
      await page.getByRole('dialog').getByLabel('Reason, shown to everyone').fill('a look first');
      await page
        .getByRole('dialog')
        .getByRole('button', { name: `Hold #${id}` })
        .click();
      await page.getByRole('button', { name: 'Release', exact: true }).click();
      await waitFor(async () => (await lab.client.jobs.get({ id })).state === 'queued');
      await page.getByRole('button', { name: 'Cancel…' }).click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: `Cancel #${id}` })
        .click();
      await page.getByRole('button', { name: 'Submit again…' }).waitFor();
      const events = await lab.client.jobs.events({ id });
      expect(events.filter(({ actor }) => actor === `user:${user}`).length).toBeGreaterThanOrEqual(3);
      expect(visitor.complaints).toEqual([]);
    }),
  );
});

test('an operator locks the queue and opens it again, without being an administrator', async () => {
  await using ilja = await as('ilja');
  const { page } = ilja;
  await ilja.open('/admin');
  await page.getByLabel('Message, shown to everyone').fill('a look at the fans');
  await page.getByRole('button', { name: 'Lock the queue' }).click();
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByRole('button', { name: 'Lock the queue' }).waitFor();
  expect((await lab.client.status()).queue.locked).toBe(false);
  expect(ilja.complaints).toEqual([]);
});
