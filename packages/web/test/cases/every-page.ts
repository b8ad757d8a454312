// What every page has to keep to.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import axe, { type AxeResults, type RunOptions } from 'axe-core';
import { expect, test } from 'vitest';
import { as, byTwo, ids, isThere, origin, PAGES } from '../stage.ts';

/** What a lab's life puts on the way beside the pages of the menu. */
const addresses = (): string[] => [
  ...PAGES.map(([address]) => address),
  `/queue?job=${ids['asr-stream']}`,
  `/jobs/${ids['whisper-ft']}`,
  '/users?name=ana',
  '/no/such/page',
];
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What axe looks at is the same in both themes, but for these. */
const COLOURS = ['color-contrast', 'link-in-text-block'];

test('every page is accessible in both themes (axe: WCAG 2.2 AA and good practice)', async () => {
  const found: string[] = [];
  let looked = 0;
  await byTwo(
    addresses(),
    () => as('ana', { colorScheme: 'light' }),
    async (ana, address) => {
      await ana.page.emulateMedia({ colorScheme: 'light' });
      await ana.open(address);
      await isThere(ana);
      await ana.page.evaluate(axe.source);
      const judge = async (runOnly: RunOptions['runOnly']): Promise<AxeResults> =>
        await ana.page.evaluate(`axe.run(${JSON.stringify({ runOnly, resultTypes: ['violations'] })})`);
      const light = await judge({ type: 'tag', values: TAGS });
      await ana.page.emulateMedia({ colorScheme: 'dark' });
      const dark = await judge({ type: 'rule', values: COLOURS });
      for (const [theme, { violations, passes }] of [
        ['light', light],
        ['dark', dark],
      ] as const) {
        looked += passes.length;
        found.push(
          ...violations.map(
            ({ id, nodes }) =>
              `${address}, ${theme}: ${id}: ${nodes
                .map(({ html }) => html)
                .slice(0, 3)
                .join(' | ')}`,
          ),
        );
      }
    },
  );
  expect(found).toEqual([]);
  expect(looked).toBeGreaterThan(20 * addresses().length);
  // Much to compute on a busy machine, and nothing of it hurries.
}, 300_000);

test('on a phone nothing is cut off sideways, and what waits comes before what runs', async () => {
  await using ana = await as('ana', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const { page } = ana;
  for (const address of addresses()) {
    await ana.open(address);
    await isThere(ana);
    expect([address, await page.evaluate(`document.documentElement.scrollWidth`)]).toEqual([address, 390]);
  }
  await ana.open('/history');
  const outcome = page.getByRole('row').getByText('succeeded', { exact: true }).first();
  await outcome.waitFor();
  const box = await outcome.boundingBox();
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThan(390);
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
    await isThere(ana);
    for (const button of await page.getByRole('button', { name: /…$/ }).all()) {
      if (!(await button.isVisible()) || (await button.isDisabled()) || /Choose|Another/.test(await button.innerText()))
        continue;
      await button.click();
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    for (const tab of await page.getByRole('tab').all()) await tab.click();
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
  const dist = path.join(import.meta.dirname, '../../dist');
  const html = readFileSync(path.join(dist, 'index.html'), 'utf8');
  const needed = [...html.matchAll(/(?:src|href)="(\/[^"]+\.js)"/g)].map(([, file]) => file ?? '');
  const bytes = needed.reduce((sum, file) => sum + readFileSync(path.join(dist, `${file}.gz`)).length, 0);
  expect(needed.length).toBeGreaterThanOrEqual(2);
  expect(bytes).toBeLessThan(300_000);
  expect(readdirSync(path.join(dist, 'assets')).filter((name) => name.endsWith('.js')).length).toBeGreaterThan(5);
});
