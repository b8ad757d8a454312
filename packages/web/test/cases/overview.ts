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
