// The pictures of the README, from a simulated lab: `node packages/web/test/screenshots.ts` (the
// hours before are written into its measurements; SECONDS of its life are played on top of them).
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBrowser, visit } from './browser.ts';
import { makeLab } from './make-lab.ts';
import { enrol, originOf } from './people.ts';

const OUT = path.join(import.meta.dirname, '../../../docs/images');
const SECONDS = Number(process.env['SECONDS'] ?? 60);

mkdirSync(OUT, { recursive: true });
await using lab = await makeLab({ gpus: 10 });
const { noor: signedIn } = await enrol(lab.client, { ana: 'admin', noor: 'user' });
const jobs = await lab.client.jobs.list({ scope: 'active' });
const idOf = (name: string): number => jobs.find((job) => job.name === name)?.id ?? 0;
const origin = await originOf(lab.client);
await sleep(SECONDS * 1000);

const browser = await startBrowser();
const PICTURES: [name: string, address: string, scheme: 'light' | 'dark', size: { width: number; height: number }][] = [
  ['overview-light', '/', 'light', { width: 1280, height: 800 }],
  ['overview-dark', '/', 'dark', { width: 1280, height: 800 }],
  ['queue-light', `/queue?job=${idOf('whisper-xl')}`, 'light', { width: 1280, height: 800 }],
  ['job-dark', `/jobs/${idOf('whisper-ft')}`, 'dark', { width: 1280, height: 860 }],
  ['overview-phone', '/', 'light', { width: 390, height: 844 }],
];
for (const [name, address, colorScheme, viewport] of PICTURES) {
  await using noor = await visit(browser, origin, {
    viewport,
    colorScheme,
    ...(signedIn && { storageState: signedIn }),
  });
  await noor.open(address);
  await noor.page.getByRole('heading', { level: 1 }).first().waitFor();
  await noor.page.getByText('Loading…').first().waitFor({ state: 'detached' });
  await noor.page.waitForLoadState('load');
  // One look at the feed and the measurements.
  await sleep(4000);
  await noor.page.screenshot({ path: path.join(OUT, `${name}.png`) });
  console.log(`docs/images/${name}.png`);
}
await browser.close();
