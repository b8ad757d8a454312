import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../config/config.ts';
import type { Config } from '../config/shape.ts';
import { openStore, type Store } from '../store/store.ts';
import { expire } from './child/dispose.ts';
import { expiredReceipts } from './expiry.ts';

const DAY_MS = 24 * 3600_000;

let share: string;
let inbox: string;
let now: number;
let store: Store;

beforeEach(() => {
  share = mkdtempSync(join(tmpdir(), 'dopq-expiry-'));
  inbox = join(share, 'alice');
  mkdirSync(join(inbox, 'invalid'), { recursive: true });
  now = Date.now() - 100 * DAY_MS;
  store = openStore(':memory:', { now: () => now });
  store.users.add({ name: 'alice' }, 1);
});

afterEach(() => rmSync(share, { recursive: true, force: true }));

function configured(keys: string): Config {
  const text = `[paths]\ndata.dir = /data\nnetwork.dir = ${share}\n[fetcher]\nreceipts.keep = 14\n${keys}\n`;
  return parseConfig(text, { file: '/etc/dopq/config.ini' }).config;
}

/** A refused job of a hundred days ago, with its receipt and, in `invalid/`, its archive. */
function refused(name: string, bytes = 'refused'): number {
  const zipPath = join(inbox, 'invalid', name);
  writeFileSync(join(inbox, `${name}.status.txt`), 'refused');
  writeFileSync(join(inbox, `${name}.status.json`), '{}');
  writeFileSync(zipPath, bytes);
  utimesSync(zipPath, now / 1000, now / 1000);
  const { id } = store.jobs.create(
    {
      user: 'alice',
      name,
      state: 'receiving',
      source: 'share',
      inbox,
      file: name,
      zipPlace: 'inbox',
      identity: `1:1:1:${name}`,
      unverified: false,
    },
    { actor: 'provider', kind: 'receiving', message: 'seen' },
  );
  store.jobs.change(id, ['receiving'], {
    state: 'finished',
    outcome: 'rejected',
    finishedAt: now,
    receiptName: name,
    zipPlace: 'invalid',
    zipPath,
    zipBytes: 'refused'.length,
  });
  return id;
}

async function sweep(config: Config, at: number): Promise<boolean[]> {
  return await Promise.all(expiredReceipts(store, config.fetcher, at).map((order) => expire(config, order)));
}

test('a receipt stays as long as it is to be kept, then it goes with the refused archive it was about', async () => {
  const config = configured('remove.invalid.containers = yes');
  refused('a.zip');
  expect(await sweep(config, now + 14 * DAY_MS)).toEqual([]);
  expect(readdirSync(inbox).sort()).toEqual(['a.zip.status.json', 'a.zip.status.txt', 'invalid']);
  expect(await sweep(config, now + 15 * DAY_MS)).toEqual([true]);
  expect(readdirSync(inbox)).toEqual(['invalid']);
  expect(readdirSync(join(inbox, 'invalid'))).toEqual([]);
});

test('where refused archives are kept only the receipt goes', async () => {
  refused('a.zip');
  expect(await sweep(configured('remove.invalid.containers = no'), now + 15 * DAY_MS)).toEqual([false]);
  expect(readdirSync(inbox)).toEqual(['invalid']);
  expect(existsSync(join(inbox, 'invalid', 'a.zip'))).toBe(true);
});

test('an archive that its owner has put in the place of the refused one is left alone', async () => {
  refused('a.zip', 'mended since');
  expect(await sweep(configured('remove.invalid.containers = yes'), now + 15 * DAY_MS)).toEqual([false]);
  expect(existsSync(join(inbox, 'invalid', 'a.zip'))).toBe(true);
});

test('many receipts go a hundred at a time', () => {
  for (let index = 0; index < 150; index++) refused(`${index}.zip`);
  expect(expiredReceipts(store, configured('').fetcher, now + 15 * DAY_MS)).toHaveLength(100);
});
