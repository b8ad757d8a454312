// One lab at work and one browser for all tests of the dashboard: booting them is most of what a test would wait for.
import { waitFor } from '@dopq/testbed';
import type { Browser, Page } from 'playwright-core';
import { startBrowser, visit, type Visitor } from './browser.ts';
import type { LabJob } from './archive.ts';
import { type Lab, startLab } from './lab.ts';
import { enrol, originOf, type SignedIn } from './people.ts';

export const ROLES = { ana: 'admin', ilja: 'operator', noor: 'user', mei: 'user' } as const;
export type As = keyof typeof ROLES;

export let lab: Lab;
export let browser: Browser;
export let origin: string;
/** Numbers of the jobs of the stage by name. */
export const ids: Record<string, number> = {};
let sessions: Record<string, SignedIn>;

/** Two jobs run, three wait for their turn and one is held. */
export async function setStage(): Promise<void> {
  [lab, browser] = await Promise.all([
    startLab({ env: { DOPQ_SIM_HOST: '32,256' }, settings: { notify: { 'webhook.private': 'yes' } } }),
    startBrowser(),
  ]);
  const { client } = lab;
  await lab.addPast(30);
  await submitEach([
    { user: 'noor', name: 'whisper-ft', gpus: 2, limit: '8h' },
    { user: 'mei', name: 'protein-fold', gpus: 2, limit: '4h' },
  ]);
  await lab.waitForStates(Object.fromEntries(Object.values(ids).map((id) => [id, 'running'])));
  await submitEach([
    { user: 'noor', name: 'asr-stream', gpus: 2, limit: '2h' },
    { user: 'mei', name: 'docking', gpus: 4, limit: '2h' },
    { user: 'ilja', name: 'bench-nccl', gpus: 2 },
  ]);
  // Whichever is built first is first among its user's jobs.
  await lab.waitForStates({ [ids['asr-stream'] ?? 0]: 'queued' });
  await submitEach([{ user: 'noor', name: 'asr-clean', gpus: 1, limit: '1h' }]);
  await waitFor(async () => (await client.jobs.list({ state: 'queued' })).length === 4, { timeoutMs: 90_000 });
  await client.jobs.hold({ id: ids['bench-nccl'] ?? 0, reason: 'dataset not mounted' });
  sessions = await enrol(client, ROLES);
  origin = await originOf(client);
}

async function submitEach(jobs: LabJob[]): Promise<void> {
  await Promise.all(
    jobs.map(async (job) => {
      ids[job.name] = await lab.submit(job);
    }),
  );
}

export async function clearStage(): Promise<void> {
  await browser?.close();
  await lab?.[Symbol.asyncDispose]();
}

/** A browser of somebody who is signed in. */
export async function as(user: As, options: Parameters<typeof visit>[2] = {}): Promise<Visitor> {
  const storageState = sessions[user];
  // A server that was down in between may be at another port.
  origin = await originOf(lab.client);
  return await visit(browser, origin, { ...options, ...(storageState && { storageState }) });
}

export const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

/** Every address that people are led to, with its title for an administrator called ana. */
export const PAGES: [address: string, title: string][] = [
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

/** Does it for each of many things, two at a time: each in a browser window of its own. */
export async function byTwo<T>(
  items: readonly T[],
  open: () => Promise<Visitor>,
  look: (visitor: Visitor, item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const walk = async (): Promise<void> => {
    await using visitor = await open();
    for (let item = left.shift(); item !== undefined; item = left.shift()) await look(visitor, item);
    if (visitor.complaints.length > 0) throw new Error(visitor.complaints.join('\n'));
  };
  await Promise.all([walk(), walk()]);
}

/** The page at an address is there, and has what it shows. */
export async function isThere({ page }: Visitor): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.getByText('Loading…').first().waitFor({ state: 'detached' });
}
