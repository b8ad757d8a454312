import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseConfig } from '../../config/config.ts';
import { formatDefaultConfig } from '../../config/default-config.ts';
import { UNFINISHED_MODE } from '../../conventions/unfinished-folder.ts';
import { makeInboxes } from './make-inboxes.ts';
import { SafeDir } from './safe-dir.ts';

/** Only root can give a folder to somebody else. */
const ALICE = process.getuid?.() === 0 ? 4242 : (process.getuid?.() ?? 0);

let share: string;
let inbox: string;

beforeEach(() => {
  share = mkdtempSync(path.join(tmpdir(), 'dopq-inboxes-'));
  chmodSync(share, 0o755);
  inbox = path.join(share, 'alice');
});
afterEach(() => rmSync(share, { recursive: true }));

async function make(isFirstLook: boolean): Promise<void> {
  const { config } = parseConfig(formatDefaultConfig(share), { file: path.join(share, 'config.ini') });
  await using root = await SafeDir.open(share);
  await makeInboxes(root, await root.list(), [{ name: 'alice', uid: ALICE }], config, isFirstLook);
}
const found = () => {
  const { uid, mode } = statSync(inbox);
  return { uid, mode: mode & 0o7777 };
};

test('a user without an inbox gets one', async () => {
  await make(false);
  expect(found()).toEqual({ uid: ALICE, mode: 0o755 });
});

test('an inbox whose maker died before its user had it is given away at the first look of the next one', async () => {
  mkdirSync(inbox, { mode: UNFINISHED_MODE });
  await make(true);
  expect(found()).toEqual({ uid: ALICE, mode: 0o755 });
});

test.each([0o755, 0o700, 0o1777])('an inbox that somebody has made with mode %o is left as it is', async (mode) => {
  mkdirSync(inbox);
  chmodSync(inbox, mode);
  const before = found();
  await make(true);
  expect(found()).toEqual(before);
});
