// What everybody sees first.
import { expect, test } from 'vitest';
import { as } from '../stage.ts';

/** Times and outcomes that are wider than their column. */
const CUT = `[...document.querySelectorAll('.o-completed td:nth-child(n + 3), .o-running td:last-child, .o-enqueued td:last-child')]
  .filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.innerText)`;

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
  // Nothing is cut that has to be whole.
  expect(await page.evaluate(CUT)).toEqual([]);
  // The list of keys is one on whatever page it is opened.
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  await dialog.getByText('find a job, a user or a page').waitFor();
  expect((await dialog.getByRole('term').first().boundingBox())?.y).toBe(
    (await dialog.getByRole('definition').first().boundingBox())?.y,
  );
  expect(noor.complaints).toEqual([]);
});

test.each([
  [16, 'compact', 'article'],
  [72, 'heat', 'link'],
  [200, 'heat dense', 'link'],
] as const)('%i GPUs fit a screen: whose each one is, and how busy', async (many, layout, role) => {
  await using noor = await as('noor');
  const { page } = noor;
  // The same four GPUs again and again, as a machine room would have them.
  await page.route(/\/gpus\/list/, async (route) => {
    const answer = await route.fetch();
    const body = (await answer.json()) as { json: { uuid: string; index: number }[] };
    const four = body.json;
    body.json = Array.from({ length: many }, (_, index) => ({
      ...(four[index % four.length] ?? { uuid: '' }),
      uuid: index < four.length ? (four[index]?.uuid ?? '') : `GPU-${index}`,
      index,
    }));
    await route.fulfill({ response: answer, json: body });
  });
  await noor.open('/');
  await page.locator(`.machines[class$="${layout}"]`).waitFor();
  const cells = page.locator('.machines').getByRole(role);
  await cells
    .filter({ hasText: String(many - 1) })
    .first()
    .waitFor({ state: 'attached' });
  const own = page.locator('.machines').getByRole(role, { name: /GPU \d+/ });
  expect(await own.count()).toBe(many);
  expect(await page.locator('.machines').getByText('noor', { exact: true }).count()).toBe(many / 2);
  expect(await page.evaluate(`document.documentElement.scrollHeight`)).toBeLessThanOrEqual(800);
  expect(noor.complaints).toEqual([]);
});
